using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using Npgsql;

namespace HaPgAspire.Probe.Engine;

/// <summary>Makes the probe's table, trying until it is there.</summary>
internal static class WriteTableMaker
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static async Task MakeAsync(DataSources sources, ProbeClock clock, ILogger logger, CancellationToken cancellationToken)
    {
        await using var frontDoor = sources.FrontDoorChecks();
        string? told = null;
        while (true)
        {
            try
            {
                await using var command = frontDoor.CreateCommand(WriteTable.Create);
                await command.ExecuteNonQueryAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                var problem = AttemptErrors.Name(e);
                if (problem != told)
                {
                    ProbeLog.TableNotMade(logger, problem);
                    told = problem;
                }
            }

            await clock.DelayAsync(Pause, cancellationToken);
        }
    }
}

using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using HaPgAspire.Probe.Verify;
using Npgsql;

namespace HaPgAspire.Probe.Engine;

/// <summary>The cluster's data by Npgsql.</summary>
internal sealed class NpgsqlClusterAccess(
    DataSources sources, ProbeOptions options, AttemptSpans spans, ClusterModel model, ProbeClock clock, ILogger<NpgsqlClusterAccess> logger)
    : IClusterAccess
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public async Task PrepareAsync(CancellationToken cancellationToken)
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

    /// <inheritdoc/>
    public IReadOnlyList<IRoute> OpenRoutes(Guid ledger)
    {
        List<IRoute> routes = [Route(RouteKind.FrontDoor, sources.FrontDoorWrites(), sources.FrontDoorReads())];
        if (sources.DirectWrites() is { } direct)
        {
            routes.Add(Route(RouteKind.Direct, direct, sources.DirectReads()));
        }

        return routes;

        NpgsqlRoute Route(RouteKind kind, NpgsqlDataSource writes, NpgsqlDataSource? reads) =>
            new(kind, writes, reads, ledger, options.ConnectTimeout, options.CommandTimeout, spans, clock);
    }

    /// <inheritdoc/>
    public IWriteStore OpenStore(Guid ledger) =>
        new NpgsqlWriteStore(sources.FrontDoorChecks(), sources.NodeChecks(), ledger, model.TimelineOf);
}

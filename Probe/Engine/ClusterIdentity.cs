using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using Npgsql;

namespace HaPgAspire.Probe.Engine;

/// <summary>Finds out which cluster this is, for its ledger: by a member's word, or the front door's.</summary>
internal sealed class ClusterIdentity(
    DataSources sources, ClusterModel model, ClusterAddresses addresses, ProbeOptions options, ProbeClock clock, ILogger<ClusterIdentity> logger)
{
    private const string Statement = "SELECT system_identifier::text FROM pg_control_system()";

    // A probe that is started again in an outage has to go on at once, even if nobody answers.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The system identifier. While nobody can tell it, that of the ledger used last for a cluster at the same addresses is taken after a
    /// moment; without one, there is nothing to measure against, and this waits.
    /// </summary>
    public async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        var started = clock.Now;
        var told = false;
        await using var frontDoor = sources.FrontDoorChecks();
        while (true)
        {
            if (model.SystemIdentifier is { } known)
            {
                return known;
            }

            string problem;
            try
            {
                await using var command = frontDoor.CreateCommand(Statement);
                return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                problem = AttemptErrors.Name(e);
            }

            if (clock.Now - started > Patience && Ledger.LastUsed(options.LedgerDirectory, addresses.Place) is { } last)
            {
                return last;
            }

            if (!told)
            {
                ProbeLog.WaitingForCluster(logger, problem);
                told = true;
            }

            await clock.DelayAsync(Pause, cancellationToken);
        }
    }
}

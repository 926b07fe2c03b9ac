using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.Probe.Engine;

/// <summary>The probe as a hosted service: finds the cluster, opens its ledger, and measures until the host stops.</summary>
internal sealed class ProbeService(
    ProbeOptions options,
    ClusterAddresses addresses,
    IClusterAccess access,
    ClusterIdentity identity,
    ClusterModel model,
    ClusterHistory history,
    ClusterWatch watch,
    ComponentScrape scrape,
    ComponentMetrics componentMetrics,
    ProbeMetrics metrics,
    OutageTraces traces,
    TimelineMark timeline,
    ProbeState state,
    ProbeClock clock,
    IHostApplicationLifetime lifetime,
    ILogger<ProbeService> logger) : BackgroundService, IHealthCheck
{
    private ProbeEngine? _engine;

    /// <summary>Why the probe ended by itself; null when it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_engine is null
            ? HealthCheckResult.Unhealthy("The probe has not reached its cluster yet.")
            : HealthCheckResult.Healthy());

    /// <summary>Compares the database with the ledger; null while the probe has not reached its cluster.</summary>
    public Task<Verification>? VerifyAsync(CancellationToken cancellationToken) => _engine?.VerifyAsync(cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        componentMetrics.Observe(() => model.LeaderChanges);
        List<Task> running = [watch.RunAsync(stop.Token), scrape.RunAsync(stop.Token), MeasureAsync(stop.Token)];
        try
        {
            await await Task.WhenAny(running);
        }
        catch (LedgerException e)
        {
            // Nothing but the user can help, and a sentence helps the user most.
            Failure = e;
            ProbeLog.Ended(logger, e.Message);
            lifetime.StopApplication();
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            Failure = e;
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var cluster = await identity.FindAsync(cancellationToken);
        using var ledger = Ledger.Open(options.LedgerDirectory, cluster, clock.Now, options.CompactAt, addresses.Place);
        ProbeLog.Started(logger, cluster, ledger.Identity.Id, ledger.Identity.CreatedAt);
        var table = access.PrepareAsync(cancellationToken);
        if (ledger.LastWrite(RouteKind.FrontDoor) is null)
        {
            await table;
        }

        var routes = access.OpenRoutes(ledger.Identity.Id);
        await using var store = access.OpenStore(ledger.Identity.Id);
        var parts = new EngineParts(options, ledger, state, clock, timeline, metrics, traces, new Random(), logger);
        using var engine = new ProbeEngine(parts, routes, store, history);
        try
        {
            metrics.Observe(() => state.Routes, () => ledger.Length);
            watch.WatchCloselyWhile(() => engine.IsTroubled);
            _engine = engine;
            await Task.WhenAll(engine.RunAsync(cancellationToken), CheckIdentityAsync(cluster, cancellationToken));
            await table;
        }
        finally
        {
            _engine = null;
            foreach (var route in routes)
            {
                await route.DisposeAsync();
            }
        }
    }

    // The ledger may have been chosen before anybody could be asked.
    private async Task CheckIdentityAsync(string cluster, CancellationToken cancellationToken)
    {
        while (model.SystemIdentifier is null)
        {
            await clock.DelayAsync(TimeSpan.FromSeconds(1), cancellationToken);
        }

        if (model.SystemIdentifier != cluster)
        {
            throw new LedgerException(
                $"The cluster turned out to be another one ({model.SystemIdentifier}) than the one of the ledger ({cluster}); start the probe again.");
        }
    }
}

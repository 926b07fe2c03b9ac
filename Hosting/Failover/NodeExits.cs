using Microsoft.Extensions.Hosting;

namespace HaPgAspire.Hosting;

/// <summary>
/// Acts on the end of a node's container: first the lease of a leader that is dead is ended, then, once another leads, a node that crashed is started again. In
/// this order, since the lease is only taken from a container that is seen to be dead still.
/// </summary>
internal sealed class NodeExits(
    PatroniClusterResource cluster,
    DeadLeaderRelease release,
    Succession succession,
    CrashRestart restart,
    ResourceNotificationService notifications,
    TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tracker = new ExitTracker(cluster, time);
        var handling = new List<Task>();
        try
        {
            await foreach (ResourceEvent change in notifications.WatchAsync(stoppingToken))
            {
                if (tracker.Observe(change) is { } exit)
                {
                    handling.RemoveAll(task => task.IsCompletedSuccessfully);
                    handling.Add(HandleAsync(exit, stoppingToken));
                }
                else if (cluster.Nodes.Any(node => node == change.Resource))
                {
                    await restart.ClearAsync(change);
                }
            }
        }
        finally
        {
            await Task.WhenAll(handling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HandleAsync(NodeExit exit, CancellationToken stoppingToken)
    {
        FailoverOptions options = cluster.Options.Failover;
        bool isElection = options.ReleaseDeadLeader && await release.ReleaseAsync(exit, stoppingToken);
        if (exit.IsCrash && options.Restarts > 0)
        {
            if (isElection)
            {
                await succession.AwaitAsync(exit.Node, stoppingToken);
            }

            await restart.StartAgainAsync(exit, options.Restarts, stoppingToken);
        }
    }
}

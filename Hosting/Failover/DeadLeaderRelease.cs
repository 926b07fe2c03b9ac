using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>
/// Ends the lease of a leader whose container has exited, so that the others elect a new one at once instead of waiting until the lease runs out (Patroni
/// grants none shorter than 20 s). See the README of this folder for why that can cost no acknowledged write.
/// </summary>
internal sealed partial class DeadLeaderRelease(
    PatroniClusterResource cluster, EtcdLeases leases, ResourceNotificationService notifications, ILogger<DeadLeaderRelease> logger) : BackgroundService
{
    private readonly Dictionary<string, string> _lastRunning = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var exits = Channel.CreateUnbounded<(string ResourceId, string Node)>();
        Task release = ReleaseAsync(exits.Reader, stoppingToken);
        try
        {
            await foreach (ResourceEvent change in notifications.WatchAsync(stoppingToken))
            {
                if (cluster.Nodes.Any(node => node == change.Resource) && HasJustExited(change))
                {
                    await exits.Writer.WriteAsync((change.ResourceId, change.Resource.Name), stoppingToken);
                }
            }
        }
        finally
        {
            exits.Writer.Complete();
            await release;
        }
    }

    private bool HasJustExited(ResourceEvent change)
    {
        if (change.Snapshot.State?.Text == KnownResourceStates.Running)
        {
            _lastRunning[change.Resource.Name] = change.ResourceId;
            return false;
        }

        return IsExited(change) && _lastRunning.Remove(change.Resource.Name);
    }

    private async Task ReleaseAsync(ChannelReader<(string ResourceId, string Node)> exits, CancellationToken stoppingToken)
    {
        await foreach ((string resourceId, string node) in exits.ReadAllAsync(stoppingToken))
        {
            try
            {
                // The order matters: the lease is read first, then the container is seen to be dead still. So the process that holds this lease is dead;
                // one that starts after this gets a lease of its own.
                LeaderLease? leader = await leases.GetLeaderAsync(stoppingToken);
                if (leader?.Member == node && notifications.TryGetCurrentState(resourceId, out ResourceEvent? now) && IsExited(now))
                {
                    await leases.RevokeAsync(leader.LeaseId, stoppingToken);
                    Released(logger, node);
                }
            }
            catch (HttpRequestException e)
            {
                // The lease then runs out by itself.
                NotReleased(logger, node, e.Message);
            }
        }
    }

    // Exited is the engine's own word: the container's first process has ended, and with it every process in its namespace. A time-out never leads here.
    private static bool IsExited(ResourceEvent change) => change.Snapshot.State?.Text == KnownResourceStates.Exited;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The container of leader {Node} has exited; its lease was ended, an election begins")]
    private static partial void Released(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The container of {Node} has exited; its lease could not be ended and runs out by itself: {Reason}")]
    private static partial void NotReleased(ILogger logger, string node, string reason);
}

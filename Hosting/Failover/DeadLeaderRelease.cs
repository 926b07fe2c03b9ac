using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>
/// Ends the lease of a leader whose container has exited, so that the others elect a new one at once instead of waiting until the lease runs out (Patroni
/// grants none shorter than 20 s). See the README of this folder for why that can cost no acknowledged write.
/// </summary>
internal sealed partial class DeadLeaderRelease(EtcdLeases leases, ResourceNotificationService notifications, ILogger<DeadLeaderRelease> logger)
{
    /// <summary>Ends the lease if the exited node holds the leader's key; where etcd does not answer, the lease runs out by itself.</summary>
    /// <returns>Whether it ended a lease, so that an election begins.</returns>
    public async Task<bool> ReleaseAsync(NodeExit exit, CancellationToken cancellationToken)
    {
        string node = exit.Node.Name;
        try
        {
            // The order matters: the lease is read first, then the container is seen to be dead still. So the process that holds this lease is dead;
            // one that starts after this gets a lease of its own.
            LeaderLease? leader = await leases.GetLeaderAsync(cancellationToken);
            if (leader?.Member == node && notifications.TryGetCurrentState(exit.ResourceId, out ResourceEvent? now) && ExitTracker.IsExited(now))
            {
                await leases.RevokeAsync(leader.LeaseId, cancellationToken);
                Released(logger, node);
                return true;
            }
        }
        catch (HttpRequestException e)
        {
            NotReleased(logger, node, e.Message);
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The container of leader {Node} has exited; its lease was ended, an election begins")]
    private static partial void Released(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The container of {Node} has exited; its lease could not be ended and runs out by itself: {Reason}")]
    private static partial void NotReleased(ILogger logger, string node, string reason);
}

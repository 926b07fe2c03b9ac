namespace HaPgAspire.Hosting;

/// <summary>
/// Waits until a member has taken over from a leader that died. The dead node is started again only then: in the second that decides how long nobody can write,
/// its start would compete with the promotion for the machine.
/// </summary>
internal sealed class Succession(PatroniClusterResource cluster, PatroniClient patroni, TimeProvider time)
{
    /// <summary>Several times what an election and a promotion take; after it the dead node may be needed itself.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns when another member leads on a later timeline, at once when no other can, and after five seconds whatever happens.</summary>
    public async Task AwaitAsync(PatroniNodeResource dead, CancellationToken cancellationToken)
    {
        PatroniNodeResource[] others = [.. cluster.Nodes.Where(node => node != dead)];
        ClusterView? view = await patroni.GetClusterAsync(others, cancellationToken);
        if (view is null or { Paused: true } || !view.Members.Any(member => member.Name != dead.Name && member.CanTakeOver(cluster.Options.Synchronous)))
        {
            return;
        }

        int? before = view.Members.Where(member => member.Name != dead.Name).Max(member => member.Timeline);
        for (long start = time.GetTimestamp(); !HasSucceeded(view, dead, before) && time.GetElapsedTime(start) < Limit; view = await patroni.GetClusterAsync(others, cancellationToken))
        {
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Whether another member has been promoted: it leads, and on a later timeline than any had when the leader was seen dead.</summary>
    internal static bool HasSucceeded(ClusterView? view, PatroniNodeResource dead, int? before) =>
        view?.Leader is { State: MemberView.Running } leader && leader.Name != dead.Name && leader.Timeline > before;
}

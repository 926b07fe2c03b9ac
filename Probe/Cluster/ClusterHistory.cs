using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Outages;

namespace HaPgAspire.Probe.Cluster;

/// <summary>Remembers for a while what changed in the cluster and when, and explains outages with it.</summary>
internal sealed class ClusterHistory : IOutageExplainer
{
    private const int EventsKept = 1000;

    private readonly Lock _gate = new();
    private readonly LinkedList<ClusterEvent> _events = new();

    /// <summary>Takes a change.</summary>
    public void Add(ClusterEvent change)
    {
        lock (_gate)
        {
            _events.AddLast(change);
            if (_events.Count > EventsKept)
            {
                _events.RemoveFirst();
            }
        }
    }

    /// <inheritdoc/>
    public OutageExplanation Explain(RouteKind route, LoadKind load, Gap gap)
    {
        List<ClusterEvent> events;
        lock (_gate)
        {
            events = [.. _events];
        }

        var before = events.LastOrDefault(change => change.Kind == ClusterEventKind.Leader && change.At <= gap.Start);
        var within = events.Where(change => IsWithin(change, gap)).ToList();
        var after = gap.End is null
            ? null
            : within.LastOrDefault(change => change.Kind == ClusterEventKind.Leader && change.Node is not null) ?? before;
        return new OutageExplanation(
            Cause(load, gap, within, before, after),
            load == LoadKind.Write ? Phases(route, gap, within, before) : [],
            before?.Node,
            after?.Node,
            before?.Timeline,
            after?.Timeline);
    }

    // A change seen a little after the outage happened in it when it may have happened before it was seen.
    private static bool IsWithin(ClusterEvent change, Gap gap) =>
        change.At >= gap.Start && (gap.End is not { } end || change.At - change.Resolution <= end);

    private static OutageCause Cause(
        LoadKind load, Gap gap, List<ClusterEvent> within, ClusterEvent? before, ClusterEvent? after)
    {
        if (load == LoadKind.Read && gap.FirstError is not null)
        {
            return within.Count > 0 ? OutageCause.NoReplica : OutageCause.Unknown;
        }

        var leaders = within.Where(change => change.Kind == ClusterEventKind.Leader).ToList();
        if (leaders.Any(change => change.Node is not null && change.Node != before?.Node))
        {
            // In a switchover the old leader stays in touch; after a failure it is gone first.
            var gone = within.Any(change => change.Kind == ClusterEventKind.Unreachable && change.Node == before?.Node);
            return gone || within.Any(change => change.Kind == ClusterEventKind.Crashed) ? OutageCause.Failover : OutageCause.Switchover;
        }

        if (within.Any(change => change.Kind == ClusterEventKind.DcsGone))
        {
            return OutageCause.Dcs;
        }

        if (leaders.Count > 0
            || within.Any(change => change.Kind is ClusterEventKind.NotPrimary or ClusterEventKind.Unreachable && change.Node == before?.Node))
        {
            return OutageCause.LeaderRestart;
        }

        if (within.Any(change => change.Kind is ClusterEventKind.ProxyGone or ClusterEventKind.ProxyClosed))
        {
            return OutageCause.Proxy;
        }

        return gap.FirstError is null && gap.Unknown + gap.Failed == 0 && after?.Node == before?.Node ? OutageCause.Stall : OutageCause.Unknown;
    }

    private static List<OutagePhase> Phases(RouteKind route, Gap gap, List<ClusterEvent> within, ClusterEvent? before)
    {
        var phases = new List<OutagePhase>();
        Add(OutagePhaseKind.LeaderGone, change =>
            change.Kind is ClusterEventKind.NotPrimary or ClusterEventKind.Unreachable && change.Node == before?.Node);
        Add(OutagePhaseKind.LockReleased, change => change.Kind == ClusterEventKind.LockReleased);
        Add(OutagePhaseKind.LeaderElected, change => change.Kind == ClusterEventKind.Leader && change.Node is not null);
        Add(OutagePhaseKind.Promoted, change => change.Kind == ClusterEventKind.Primary);
        if (route == RouteKind.FrontDoor)
        {
            Add(OutagePhaseKind.ProxySwitched, change => change.Kind == ClusterEventKind.ProxyOpened);
        }

        return [.. phases.OrderBy(phase => phase.At)];

        void Add(OutagePhaseKind kind, Func<ClusterEvent, bool> isIt)
        {
            if (within.FirstOrDefault(isIt) is { } change)
            {
                // It cannot have come after what it made possible.
                var at = gap.End is { } end && change.At > end ? end : change.At;
                phases.Add(new OutagePhase(kind, at, change.Resolution - (change.At - at), change.Node));
            }
        }
    }
}

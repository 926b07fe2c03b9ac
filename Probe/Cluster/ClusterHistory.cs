using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Outages;

namespace HaPgAspire.Probe.Cluster;

/// <summary>Remembers for a while what changed in the cluster and when, and explains outages with it.</summary>
internal sealed class ClusterHistory : IOutageExplainer
{
    private const int EventsKept = 1000;

    // The name that an attempt's error has when nothing failed but the time ran out.
    private const string TimedOut = "timeout";

    // How far the clocks of two machines that keep time may be apart.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<ClusterEvent> _events = new();
    private IReadOnlyList<TimelineSwitch> _switches = [];

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

    /// <summary>Takes Patroni's own history, in place of what it told before.</summary>
    public void Set(IReadOnlyList<TimelineSwitch> switches)
    {
        lock (_gate)
        {
            _switches = switches;
        }
    }

    /// <inheritdoc/>
    public OutageExplanation Explain(RouteKind route, LoadKind load, Gap gap, Outage? known)
    {
        List<ClusterEvent> events;
        IReadOnlyList<TimelineSwitch> told;
        lock (_gate)
        {
            events = [.. _events];
            told = _switches;
        }

        var before = events.LastOrDefault(change => IsLeader(change) && change.At <= gap.Start)?.Node ?? known?.LeaderBefore;
        var within = events.Where(change => IsWithin(change, gap)).ToList();
        var timeline = Newest(events.Where(change => change.At <= gap.Start)) ?? known?.TimelineBefore;
        var reached = Newest(within);
        List<TimelineSwitch> switches = [.. told.Where(change => IsWithin(change, gap, timeline, reached))];
        var last = switches.Count > 0 ? switches[^1] : null;
        return new OutageExplanation(
            Cause(load, gap, within, before, last, WasLost(events, within, gap, before)),
            load == LoadKind.Write ? Phases(route, gap, within, before, known, last) : [],
            before,
            gap.End is null ? null : within.LastOrDefault(IsLeader)?.Node ?? last?.Leader ?? before,
            timeline,
            gap.End is null ? null : ((int?[])[reached, last?.Timeline]).Max() ?? timeline,
            switches.Count > 0 ? switches : known?.Switches);
    }

    private static bool IsLeader(ClusterEvent change) => change.Kind is ClusterEventKind.Leader or ClusterEventKind.LeaderSeen;

    // The DCS tells a new timeline later than the new primary itself.
    private static int? Newest(IEnumerable<ClusterEvent> events) => events.Max(change => change.Timeline);

    // A change seen a little after the outage happened in it when it may have happened before it was seen.
    private static bool IsWithin(ClusterEvent change, Gap gap) =>
        change.At >= gap.Start && (gap.End is not { } end || change.At - change.Resolution <= end);

    // By its number where the numbers are known; the time in the history is that of another machine's clock.
    private static bool IsWithin(TimelineSwitch change, Gap gap, int? before, int? reached)
    {
        if (before is not null && change.Timeline <= before)
        {
            return false;
        }

        return reached > before
            ? change.Timeline <= reached
            : change.At >= gap.Start - ClockTolerance && (gap.End is not { } end || change.At <= end + ClockTolerance);
    }

    // In a switchover the old leader stays in touch; after a failure it is gone first: in the outage, or already when it began, and not heard of since.
    private static bool WasLost(List<ClusterEvent> events, List<ClusterEvent> within, Gap gap, string? leader) =>
        within.Any(change => change.Kind == ClusterEventKind.Crashed || (change.Kind == ClusterEventKind.Unreachable && change.Node == leader))
        || events.LastOrDefault(change =>
            change.Node == leader
            && change.Kind is ClusterEventKind.Primary or ClusterEventKind.NotPrimary or ClusterEventKind.Unreachable or ClusterEventKind.Crashed
            && (gap.End is not { } end || change.At <= end))?.Kind is ClusterEventKind.Unreachable or ClusterEventKind.Crashed;

    private static OutageCause Cause(LoadKind load, Gap gap, List<ClusterEvent> within, string? before, TimelineSwitch? last, bool wasLost)
    {
        if (load == LoadKind.Read && gap.FirstError is not null)
        {
            return within.Count > 0 ? OutageCause.NoReplica : OutageCause.Unknown;
        }

        // A leader that was first seen now may have led all the time, unless it is known that another one did.
        var leaders = within.Where(change => IsLeader(change) && before is not null).ToList();
        if (leaders.Any(change => change.Node != before))
        {
            return wasLost ? OutageCause.Failover : OutageCause.Switchover;
        }

        // Nobody told of the new leader at the time, so nobody told either whether the old one left in order, unless it was seen to fail.
        if (before is not null && last?.Leader is { } successor && successor != before && leaders.Count == 0)
        {
            return wasLost ? OutageCause.Failover : OutageCause.Unknown;
        }

        if (within.Any(change => change.Kind == ClusterEventKind.DcsGone))
        {
            return OutageCause.Dcs;
        }

        // While it lasts, nobody knows who comes back.
        if (gap.End is null && gap.FirstError is not null)
        {
            return OutageCause.Unknown;
        }

        if (leaders.Any(change => change.Kind == ClusterEventKind.Leader)
            || within.Any(change => IsGone(change, before) && change.Kind != ClusterEventKind.ProxyServerDown))
        {
            return OutageCause.LeaderRestart;
        }

        if (within.Any(change => change.Kind is ClusterEventKind.ProxyGone or ClusterEventKind.ProxyClosed))
        {
            return OutageCause.Proxy;
        }

        return gap.FirstError is null or TimedOut ? OutageCause.Stall : OutageCause.Unknown;
    }

    private static List<OutagePhase> Phases(
        RouteKind route, Gap gap, List<ClusterEvent> within, string? before, Outage? known, TimelineSwitch? last)
    {
        var phases = new List<OutagePhase>();

        // Nothing can have come after what it made possible, however late it was seen. HAProxy may be open before the new leader's
        // server is promoted: Patroni calls a member primary as soon as it holds the lock.
        var end = gap.End ?? DateTimeOffset.MaxValue;
        var switched = route == RouteKind.FrontDoor
            ? Add(OutagePhaseKind.ProxySwitched, end, change => change.Kind == ClusterEventKind.ProxyOpened)
            : end;
        var promoted = Add(OutagePhaseKind.Promoted, end, change => change.Kind == ClusterEventKind.Primary);
        if (promoted == end && phases.TrueForAll(phase => phase.Kind != OutagePhaseKind.Promoted) && last?.At is { } told)
        {
            // The new leader's own time of its promotion, when nobody reached it at the time.
            promoted = told < gap.Start ? gap.Start : told > end ? end : told;
            phases.Add(new OutagePhase(OutagePhaseKind.Promoted, promoted, ClockTolerance, last.Leader));
        }

        var elected = Add(
            OutagePhaseKind.LeaderElected,
            switched < promoted ? switched : promoted,
            change => change.Kind == ClusterEventKind.Leader);
        var released = Add(OutagePhaseKind.LockReleased, elected, change => change.Kind == ClusterEventKind.LockReleased);
        Add(OutagePhaseKind.LeaderGone, released, change => IsGone(change, before));
        return [.. phases.OrderBy(phase => phase.At).ThenBy(phase => phase.Kind)];

        DateTimeOffset Add(OutagePhaseKind kind, DateTimeOffset latest, Func<ClusterEvent, bool> isIt)
        {
            if (known?.Phases.FirstOrDefault(phase => phase.Kind == kind) is { } noted && !within.Exists(change => change.At <= noted.At))
            {
                // Seen by a probe before this one.
                phases.Add(noted);
                return noted.At < latest ? noted.At : latest;
            }

            if (within.FirstOrDefault(isIt) is not { } change)
            {
                return latest;
            }

            var earliest = change.At - change.Resolution;
            var at = change.At <= latest ? change.At : earliest > latest ? earliest : latest;
            phases.Add(new OutagePhase(kind, at, at - earliest, change.Node));
            return at < latest ? at : latest;
        }
    }

    private static bool IsGone(ClusterEvent change, string? leader) =>
        change.Node == leader
        && change.Kind is ClusterEventKind.NotPrimary or ClusterEventKind.Unreachable or ClusterEventKind.ProxyServerDown;
}

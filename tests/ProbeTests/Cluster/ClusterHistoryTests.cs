using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.ProbeTests.Cluster;

/// <summary>An outage is explained by what the components showed in it.</summary>
public sealed class ClusterHistoryTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ClusterHistory _history = new();

    public ClusterHistoryTests() => Add(ClusterEventKind.Leader, -10, 0, "a", 1);

    [Fact]
    public void A_dead_leader_gives_a_failover_with_its_phases_in_order()
    {
        Add(ClusterEventKind.LockReleased, 0.9, 0.1, "a");
        Add(ClusterEventKind.Leader, 1.0, 0.1, "b", 1);

        // Seen late, because the request to the dead member had to time out.
        Add(ClusterEventKind.Unreachable, 1.3, 1.2, "a");
        Add(ClusterEventKind.ProxyOpened, 1.4, 0.1, "b");
        Add(ClusterEventKind.Primary, 1.45, 0.4, "b", 2);

        var explained = _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5), null);
        Assert.Equal((OutageCause.Failover, "a", "b", 1, 2), (explained.Cause, explained.LeaderBefore, explained.LeaderAfter, explained.TimelineBefore, explained.TimelineAfter));
        Assert.Equal(
            [
                (OutagePhaseKind.LeaderGone, 0.9, "a"),
                (OutagePhaseKind.LockReleased, 0.9, "a"),
                (OutagePhaseKind.LeaderElected, 1.0, "b"),
                (OutagePhaseKind.ProxySwitched, 1.4, "b"),
                (OutagePhaseKind.Promoted, 1.45, "b"),
            ],
            explained.Phases.Select(phase => (phase.Kind, Math.Round((phase.At - Start).TotalSeconds, 3), phase.Node)));
        Assert.Equal(TimeSpan.FromSeconds(0.8), explained.Phases[0].Resolution);
    }

    [Fact]
    public void A_leader_that_stays_in_touch_gives_a_switchover()
    {
        Add(ClusterEventKind.NotPrimary, 0.2, 0.1, "a");
        Add(ClusterEventKind.LockReleased, 0.9, 0.1, "a");
        Add(ClusterEventKind.Leader, 1.0, 0.1, "b", 2);
        Assert.Equal(OutageCause.Switchover, _history.Explain(RouteKind.Direct, LoadKind.Write, AGap(0, 1.5), null).Cause);
    }

    [Theory]
    [InlineData(false, OutageCause.Failover)]
    [InlineData(true, OutageCause.Switchover)]
    public void A_leader_that_was_out_of_touch_when_the_outage_began_gives_a_failover_unless_it_came_back(bool cameBack, OutageCause cause)
    {
        Add(ClusterEventKind.Unreachable, -0.4, 0.1, "a");
        if (cameBack)
        {
            Add(ClusterEventKind.Primary, -0.2, 0.1, "a", 1);
            Add(ClusterEventKind.NotPrimary, 0.2, 0.1, "a");
        }

        Add(ClusterEventKind.ProxyServerDown, 0.3, 0.1, "a");
        Add(ClusterEventKind.LockReleased, 0.9, 0.1, "a");
        Add(ClusterEventKind.Leader, 1.0, 0.1, "b", 2);
        Assert.Equal(cause, _history.Explain(RouteKind.Direct, LoadKind.Write, AGap(0, 1.5), null).Cause);
    }

    [Fact]
    public void The_same_leader_again_gives_a_restart()
    {
        Add(ClusterEventKind.NotPrimary, 0.2, 0.1, "a");
        Add(ClusterEventKind.Primary, 1.2, 0.1, "a", 1);
        var explained = _history.Explain(RouteKind.Direct, LoadKind.Write, AGap(0, 1.5), null);
        Assert.Equal((OutageCause.LeaderRestart, "a"), (explained.Cause, explained.LeaderAfter));
    }

    [Fact]
    public void No_server_in_HAProxy_with_a_healthy_leader_gives_the_proxy()
    {
        Add(ClusterEventKind.ProxyServerDown, 0.2, 0.1, "a");
        Add(ClusterEventKind.ProxyClosed, 0.2, 0.1, null);
        Assert.Equal(OutageCause.Proxy, _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5), null).Cause);
    }

    [Fact]
    public void A_lost_DCS_gives_the_DCS()
    {
        Add(ClusterEventKind.DcsGone, 0.2, 0.1, null);
        Add(ClusterEventKind.NotPrimary, 0.4, 0.1, "a");
        Assert.Equal(OutageCause.Dcs, _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5), null).Cause);
    }

    [Fact]
    public void What_happened_before_or_after_explains_nothing()
    {
        Add(ClusterEventKind.NotPrimary, -5, 0.1, "a");
        Add(ClusterEventKind.Leader, 2.0, 0.1, "b", 2);
        var explained = _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5), null);
        Assert.Equal((OutageCause.Unknown, "a"), (explained.Cause, explained.LeaderAfter));
        Assert.Empty(explained.Phases);
    }

    [Fact]
    public void What_an_earlier_probe_saw_counts_when_this_one_saw_no_leader_before()
    {
        var history = new ClusterHistory();
        history.Add(new ClusterEvent(ClusterEventKind.Unreachable, Start.AddSeconds(8), TimeSpan.Zero, "a"));
        history.Add(new ClusterEvent(ClusterEventKind.LeaderSeen, Start.AddSeconds(8), TimeSpan.Zero, "a", 1));
        history.Add(new ClusterEvent(ClusterEventKind.Leader, Start.AddSeconds(20), TimeSpan.FromSeconds(0.1), "b", 2));
        var seen = new OutagePhase(OutagePhaseKind.LeaderGone, Start.AddSeconds(0.2), TimeSpan.FromSeconds(0.1), "a");
        var known = new Outage(
            1, RouteKind.Direct, LoadKind.Write, Start, null, OutageCause.Unknown, [seen], 1, 0, "57P01", "a", null, 1, null, null, TimeSpan.Zero, null);
        var explained = history.Explain(RouteKind.Direct, LoadKind.Write, AGap(0, 21), known);
        Assert.Equal((OutageCause.Failover, "a", "b", 1, 2), (explained.Cause, explained.LeaderBefore, explained.LeaderAfter, explained.TimelineBefore, explained.TimelineAfter));
        Assert.Equal([OutagePhaseKind.LeaderGone, OutagePhaseKind.LeaderElected], explained.Phases.Select(phase => phase.Kind));
        Assert.Equal(seen, explained.Phases[0]);
    }

    [Fact]
    public void Patronis_history_tells_of_a_leader_that_led_between_two_looks()
    {
        Add(ClusterEventKind.Unreachable, 0.3, 0.3, "a");
        Add(ClusterEventKind.Leader, 3.0, 0.1, "c", 3);
        Tell((1, -50, "a"), (2, 1.0, "b"), (3, 2.9, "c"), (4, 9, "d"));
        var explained = _history.Explain(RouteKind.Direct, LoadKind.Write, AGap(0, 3.5), null);
        Assert.Equal((OutageCause.Failover, "c", 3), (explained.Cause, explained.LeaderAfter, explained.TimelineAfter));
        Assert.Equal([(2, "b"), (3, "c")], explained.Switches!.Select(change => (change.Timeline, change.Leader)));

        // Nobody saw the promotion itself.
        Assert.Equal(new OutagePhase(OutagePhaseKind.Promoted, Start.AddSeconds(2.9), TimeSpan.FromSeconds(1), "c"), explained.Phases[^1]);
    }

    [Theory]
    [InlineData(true, OutageCause.Failover)]
    [InlineData(false, OutageCause.Unknown)]
    public void Patronis_history_tells_of_a_new_leader_that_nobody_saw_come(bool sawItGo, OutageCause cause)
    {
        if (sawItGo)
        {
            Add(ClusterEventKind.Unreachable, 0.3, 0.3, "a");
        }

        Tell((2, 1.0, "b"), (3, 60, "c"));
        var explained = _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5), null);
        Assert.Equal((cause, "a", "b", 1, 2), (explained.Cause, explained.LeaderBefore, explained.LeaderAfter, explained.TimelineBefore, explained.TimelineAfter));
    }

    [Fact]
    public void Patronis_history_says_nothing_of_an_outage_without_a_new_timeline()
    {
        Tell((1, -50, "a"), (2, 60, "b"));
        Add(ClusterEventKind.ProxyClosed, 0.2, 0.1, null);
        var explained = _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5), null);
        Assert.Equal((OutageCause.Proxy, "a", 1), (explained.Cause, explained.LeaderAfter, explained.TimelineAfter));
        Assert.Null(explained.Switches);
    }

    [Fact]
    public void Nothing_failed_gives_a_stall() =>
        Assert.Equal(OutageCause.Stall, _history.Explain(RouteKind.FrontDoor, LoadKind.Write, AGap(0, 1.5) with { FirstError = null }, null).Cause);

    private void Tell(params (int Timeline, double At, string Leader)[] switches) =>
        _history.Set([.. switches.Select(change => new TimelineSwitch(change.Timeline, 100, "no recovery target specified", Start.AddSeconds(change.At), change.Leader))]);

    private static Gap AGap(double from, double to) =>
        new(Start.AddSeconds(from), Start.AddSeconds(to), TimeSpan.Zero, 3, 0, "57P01");

    private void Add(ClusterEventKind kind, double at, double resolution, string? node, int? timeline = null) =>
        _history.Add(new ClusterEvent(kind, Start.AddSeconds(at), TimeSpan.FromSeconds(resolution), node, timeline));
}

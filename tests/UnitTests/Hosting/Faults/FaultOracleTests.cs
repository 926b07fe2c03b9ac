using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting.Faults;

/// <summary>Every promise is planted broken once, and found.</summary>
public sealed class FaultOracleTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void What_is_as_it_has_to_be_passes() => Assert.Empty(FaultOracle.Judge(Evidence()));

    [Fact]
    public void A_fault_that_was_not_proven_fails() => Found(Evidence() with { Proofs = [] }, "the fault was not proven to be there");

    [Fact]
    public void What_went_wrong_on_the_way_fails() => Found(Evidence() with { Found = ["the cluster did not become whole again by itself: no leader"], After = null }, "did not become whole");

    [Fact]
    public void What_telemetry_did_not_show_fails() => Found(Evidence() with { NotShown = ["data-node1 is down"] }, "telemetry did not show it: data-node1 is down");

    [Theory]
    [InlineData(1, 0, 0, 0, "the probe counted 1 acknowledged write(s) lost")]
    [InlineData(0, 2, 0, 0, "the probe counted 2 write(s) duplicated")]
    [InlineData(0, 0, 3, 0, "the probe counted 3 write(s) there that were counted as failed")]
    [InlineData(0, 0, 0, 4, "the probe counted 4 write(s) acknowledged by a stale leader")]
    public void What_the_probe_counted_fails(long lost, long duplicated, long unexpected, long stale, string violation) => Found(
        Evidence() with { Counted = ProbeCounters.Zero with { Acknowledged = 100, Lost = lost, Duplicated = duplicated, Unexpected = unexpected, StaleLeader = stale } }, violation);

    [Fact]
    public void A_write_that_one_replica_lacks_fails() => Found(
        Evidence() with { Verification = Verified(Member("data-node3") with { Missing = 7 }) }, "7 acknowledged write(s) are not on data-node3");

    [Theory]
    [InlineData(false, 0L)]
    [InlineData(true, null)]
    public void A_comparison_that_leaves_a_member_out_fails(bool caughtUp, long? missing) => Found(
        Evidence() with { Verification = Verified(Member("data-node3") with { CaughtUp = caughtUp, Missing = missing }) }, "the comparison does not cover every member");

    [Fact]
    public void No_comparison_at_all_fails() => Found(Evidence() with { Verification = null }, "were not compared");

    [Fact]
    public void A_row_of_the_watch_that_a_member_lacks_fails() => Found(
        Evidence() with { MissingRows = new Dictionary<string, IReadOnlyList<long>?> { ["data-node2"] = [17] } }, "1 row(s) of the watch that were acknowledged are not on data-node2");

    [Fact]
    public void A_member_that_cannot_be_asked_fails() => Found(
        Evidence() with { MissingRows = new Dictionary<string, IReadOnlyList<long>?> { ["data-node2"] = null } }, "data-node2 could not be asked");

    [Fact]
    public void A_stale_leader_fails() => Found(
        Evidence() with
        {
            Writes =
            [
                new(1, "data-node2", 2, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
                new(2, "data-node1", 1, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)),
            ],
        },
        "acknowledged by a stale leader");

    [Theory]
    [InlineData("Changes", "data-node1", 1, "the leadership was to change and stayed with data-node1 on timeline 1")]
    [InlineData("Stays", "data-node2", 2, "the leadership was to stay and went from data-node1 (timeline 1) to data-node2 (timeline 2)")]
    [InlineData("Stays", "data-node1", 2, "the leadership was to stay")]
    public void A_leadership_that_goes_the_wrong_way_fails(string fate, string leader, int timeline, string violation)
    {
        FaultEvidence evidence = Evidence();
        Found(evidence with { Case = evidence.Case with { Leader = Enum.Parse<LeaderFate>(fate) }, After = View(leader, timeline) }, violation);
    }

    [Fact]
    public void A_timeline_that_goes_back_fails()
    {
        FaultEvidence evidence = Evidence();
        Found(evidence with { Case = evidence.Case with { Leader = LeaderFate.Either }, Before = View("data-node1", 3) }, "the timeline went back from 3 to 2");
    }

    [Fact]
    public void An_outage_beyond_the_limit_fails() => Found(
        Evidence() with { Outages = [Outage(TimeSpan.FromSeconds(61))] }, "writes were out for 61.0 s, longer than the 60.0 s that this case may cost");

    [Fact]
    public void An_outage_that_goes_on_fails() => Found(Evidence() with { Outages = [Outage(null)] }, "a write outage has not ended");

    [Fact]
    public void The_record_tells_what_was_shown()
    {
        var record = new ProbeRecord();
        record.Add(new ProbeTopology("data-node1", 1, false, [new ProbeEtcd("etcd:2379", false, null, null)], [new ProbeNode("data-node2", "Replica", "stopped", true, null, null)], null));
        Assert.True(record.ShowedDown("data-node2"));
        Assert.False(record.ShowedDown("data-node1"));
        Assert.True(record.ShowedLeading("data-node1"));
        Assert.False(record.ShowedNoLeader);
        Assert.Equal(1, record.MostEtcdDown);
    }

    private static void Found(FaultEvidence evidence, string violation) =>
        Assert.Contains(FaultOracle.Judge(evidence), found => found.Contains(violation, StringComparison.Ordinal));

    private static FaultEvidence Evidence() => new()
    {
        Case = new FaultCase("a-case", FaultFamily.Process, "something happens", (_, _) => Task.CompletedTask),
        Options = new ClusterOptions(),
        Proofs = ["it was seen"],
        Found = [],
        NotShown = [],
        Before = View("data-node1", 1),
        After = View("data-node2", 2),
        Outages = [Outage(TimeSpan.FromSeconds(1))],
        Counted = ProbeCounters.Zero with { Acknowledged = 100 },
        Verification = Verified(Member("data-node3")),
        Writes = [new(1, "data-node1", 1, TimeSpan.Zero, TimeSpan.FromSeconds(1)), new(2, "data-node2", 2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3))],
        MissingRows = new Dictionary<string, IReadOnlyList<long>?> { ["data-node1"] = [], ["data-node2"] = [], ["data-node3"] = [] },
    };

    private static ClusterView View(string leader, int timeline) => new([new MemberView(leader, "leader", "running", timeline, null, leader)], Paused: false);

    private static ProbeOutage Outage(TimeSpan? length) => new(1, Start, Start + length, "Failover", [], null, "data-node1", "data-node2", 1, 2);

    private static ProbeVerification Verified(ProbeMemberComparison last) => new(true, null, [], [Member("data-node1"), Member("data-node2"), last]);

    private static ProbeMemberComparison Member(string name) => new(name, Leader: false, CaughtUp: true, Missing: 0, Problem: null);
}

using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting.Faults;

/// <summary>The oracle finds two leaders where they are, and nowhere else.</summary>
public sealed class WriterOracleTests
{
    private const string Old = "data-node1";
    private const string New = "data-node2";

    [Fact]
    public void A_failover_in_order_is_no_violation() => Assert.Empty(WriterOracle.Judge(
    [
        Write(1, Old, timeline: 1, sent: 0, acknowledged: 10),
        Write(2, null, timeline: 1, sent: 5, acknowledged: 15),
        Write(3, New, timeline: 2, sent: 100, acknowledged: 110),
        Write(4, null, timeline: 2, sent: 105, acknowledged: 115),
        Write(5, Old, timeline: 3, sent: 200, acknowledged: 210),
    ]));

    [Theory]
    [InlineData(Old)]
    [InlineData(null)]
    public void A_write_sent_to_a_replaced_leader_and_acknowledged_is_found(string? through)
    {
        string violation = Assert.Single(WriterOracle.Judge(
        [
            Write(1, through, timeline: 1, sent: 0, acknowledged: 10),
            Write(2, New, timeline: 2, sent: 100, acknowledged: 110),
            Write(3, through, timeline: 1, sent: 111, acknowledged: 120),
            Write(4, through, timeline: 1, sent: 2110, acknowledged: 2120),
        ]));
        Assert.Equal(
            $"2 write(s) through {through ?? "the front door"} acknowledged by a stale leader: on timeline 1, up to 2.00 s after timeline 2 had taken one (row 4)", violation);
    }

    [Fact]
    public void An_answer_that_is_merely_late_is_no_violation() => Assert.Empty(WriterOracle.Judge(
    [
        Write(1, Old, timeline: 1, sent: 90, acknowledged: 5000),
        Write(2, New, timeline: 2, sent: 100, acknowledged: 110),
    ]));

    [Fact]
    public void Two_nodes_on_one_timeline_are_two_leaders() => Assert.Equal(
        "data-node1 and data-node2 both acknowledged writes on timeline 2",
        Assert.Single(WriterOracle.Judge([Write(1, New, timeline: 2, sent: 0, acknowledged: 10), Write(2, Old, timeline: 2, sent: 20, acknowledged: 30)])));

    private static MarkedWrite Write(long id, string? node, int timeline, int sent, int acknowledged) =>
        new(id, node, timeline, TimeSpan.FromMilliseconds(sent), TimeSpan.FromMilliseconds(acknowledged));
}

using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Failover;

public sealed class CrashCountTests
{
    [Fact]
    public void The_first_start_comes_at_once_the_others_after_growing_pauses_and_then_none()
    {
        var count = new CrashCount();
        Assert.Equal([0, 1, 2, 4, 8, null, null], Enumerable.Range(0, 7).Select(_ => count.Next(TimeSpan.FromSeconds(3), limit: 5)?.TotalSeconds));
        Assert.Equal(7, count.InARow);
    }

    [Fact]
    public void A_node_that_had_come_up_begins_to_count_anew()
    {
        var count = new CrashCount();
        for (int i = 0; i < 9; i++)
        {
            count.Next(TimeSpan.Zero, limit: 5);
        }

        Assert.Equal(TimeSpan.Zero, count.Next(CrashCount.Stable, limit: 5));
        Assert.Equal(1, count.InARow);
    }

    [Fact]
    public void No_pause_is_longer_than_the_longest()
    {
        var count = new CrashCount();
        Assert.Equal(CrashCount.LongestPause, Enumerable.Range(0, 100).Max(_ => count.Next(TimeSpan.Zero, limit: 100)));
    }
}

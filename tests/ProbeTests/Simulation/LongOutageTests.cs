using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>A probe that cannot get through must not be the reason for it.</summary>
public sealed class LongOutageTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(Trouble.Refuse)]
    [InlineData(Trouble.Hang)]
    public void The_longer_an_outage_lasts_the_rarer_are_attempts_and_its_end_is_seen_within_a_second(Trouble trouble)
    {
        var directory = Directory.CreateTempSubdirectory("hapg-long-");
        var world = new World();
        var database = new FakeDatabase();
        var window = new Window(trouble, TimeSpan.FromSeconds(2), 6 * Minute, LostAtEnd: 0);
        var door = new FakeFrontDoor(world, database, [window], new Random(1));
        var options = new ProbeOptions { WriteRate = 100, ReadRate = 50, DirectWriteRate = 0, LedgerDirectory = directory.FullName };
        var probe = new SimulatedProbe(world, [door], database, directory.FullName, options, seed: 1);
        try
        {
            world.RunUntil(window.To - Minute);
            var before = Attempts();
            world.RunUntil(window.To);
            Assert.InRange(Attempts() - before, 30, 70);

            world.RunUntil(window.To + TimeSpan.FromSeconds(4));
            var outage = Assert.Single(probe.Ledger.Outages, outage => outage.Kind == LoadKind.Write);
            Assert.NotNull(outage.Duration);
            Assert.InRange(outage.Duration.Value, window.To - window.From, window.To - window.From + TimeSpan.FromSeconds(1.1));
        }
        finally
        {
            probe.Dispose();
            directory.Delete(recursive: true);
        }

        long Attempts() => probe.Ledger.Totals(RouteKind.FrontDoor).FailedAttempts;
    }
}

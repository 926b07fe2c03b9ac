using HaPgAspire.Probe.Settings;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>Attempts that fail so late that the time in which they began is long over.</summary>
public sealed class LateFailureTests
{
    [Fact]
    public void An_outage_that_is_found_late_does_not_end_the_one_that_is_open()
    {
        var directory = Directory.CreateTempSubdirectory("hapg-late-");
        var world = new World();
        var database = new FakeDatabase();

        // What hangs in the first fails when the second has been an outage for a while.
        Window[] windows = [Window(Trouble.Hang, 2.0, 2.3), Window(Trouble.Refuse, 2.36, 6)];
        var door = new FakeFrontDoor(world, database, windows, new Random(1));
        var options = new ProbeOptions { WriteRate = 100, ReadRate = 0, DirectWriteRate = 0, LedgerDirectory = directory.FullName };
        var probe = new SimulatedProbe(world, [door], database, directory.FullName, options, seed: 1);
        try
        {
            world.RunUntil(TimeSpan.FromSeconds(2.48));
            var open = Assert.Single(probe.Ledger.Outages);
            Assert.Null(open.End);

            world.RunUntil(TimeSpan.FromSeconds(3));
            Assert.Equal([open.Id], probe.Ledger.Outages.Where(outage => outage.End is null).Select(outage => outage.Id));
            var found = Assert.Single(probe.Ledger.Outages, outage => outage.Id != open.Id);
            Assert.True(found.End <= open.Start, $"{found.End} is after {open.Start}");

            world.RunUntil(TimeSpan.FromSeconds(10));
            Assert.Equal(2, probe.Ledger.Outages.Count);
            Assert.All(probe.Ledger.Outages, outage => Assert.NotNull(outage.End));
        }
        finally
        {
            probe.Dispose();
            directory.Delete(recursive: true);
        }
    }

    private static Window Window(Trouble trouble, double from, double to) => new(trouble, TimeSpan.FromSeconds(from), TimeSpan.FromSeconds(to), LostAtEnd: 0);
}

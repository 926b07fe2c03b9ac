using CsCheck;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>
/// Whatever the schedule of troubles: every outage is found and no other, its duration is right within 20 ms, every lost write is
/// found and no other. The same when the probe is killed and started again in the middle of an outage.
/// </summary>
public sealed class ScheduleProperties
{
    private const int Schedules = 150;

    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(20);

    private static readonly Gen<Plan> Plans = Gen.Select(
        Gen.Select(Gen.Enum<Trouble>(), Gen.Int[200, 2500], Gen.Int[1500, 2500], Gen.Int[0, 5]).Array[1, 3],
        Gen.Int[0, 1_000_000],
        Gen.Int[0, 3],
        (windows, seed, duplicates) => new Plan(windows, seed, duplicates));

    [Fact]
    public void Every_outage_and_every_lost_write_is_found_and_no_other() =>
        Plans.Sample(plan => Run(plan, null), iter: Schedules, threads: 2);

    [Fact]
    public void A_restart_in_the_middle_of_an_outage_changes_nothing() =>
        Gen.Select(Plans, Gen.Double[0, 0.5], Gen.Int[10, 400])
            .Sample((plan, when, gone) => Run(plan, (when, gone)), iter: Schedules, threads: 2);

    private static void Run(Plan plan, (double When, int Gone)? restart)
    {
        var directory = Directory.CreateTempSubdirectory("hapg-schedule-");
        try
        {
            Run(plan, restart, directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Run(Plan plan, (double When, int Gone)? restart, string directory)
    {
        var windows = plan.Place(restart?.Gone ?? 0);
        var world = new World();
        var database = new FakeDatabase();
        var random = new Random(plan.Seed);
        var door = new FakeFrontDoor(world, database, windows, random);
        var lost = new HashSet<long>();
        foreach (var window in windows)
        {
            world.At(window.To - TimeSpan.FromMilliseconds(1), () => Lose(door, database, lost, window));
        }

        var options = new ProbeOptions { WriteRate = 100, ReadRate = 50, DirectWriteRate = 0, LedgerDirectory = directory };
        var probe = new SimulatedProbe(world, [door], database, directory, options, plan.Seed);
        try
        {
            if (restart is var (when, gone) && windows.FirstOrDefault(window => window.IsOutage) is { } hit)
            {
                world.RunUntil(hit.From + ((hit.To - hit.From) * when));
                probe.Dispose();
                world.RunUntil(world.Elapsed + TimeSpan.FromMilliseconds(gone));
                probe = new SimulatedProbe(world, [door], database, directory, options, plan.Seed + 1);
            }

            world.RunUntil(windows[^1].To + TimeSpan.FromSeconds(4));
            var duplicated = Duplicate(door, database, lost, plan.Duplicates);
            var verification = probe.Verify();
            Assert.True(verification.Complete, verification.Problem);

            AssertOutages(windows, door.Acknowledged.Select(write => write.At), probe.Ledger.Outages, LoadKind.Write);
            AssertOutages(windows, door.Answered, probe.Ledger.Outages, LoadKind.Read);
            AssertWrites(door, database, probe.Ledger.View(RouteKind.FrontDoor), lost, duplicated);
            Assert.Equal(lost.Count, probe.Ledger.Outages.Sum(outage => outage.LostWrites ?? 0));
        }
        finally
        {
            probe.Dispose();
        }
    }

    private static void AssertOutages(
        IReadOnlyList<Window> windows, IEnumerable<TimeSpan> acknowledgements, IReadOnlyList<Outage> outages, LoadKind load)
    {
        var acknowledged = acknowledgements.Order().ToList();
        var expected = windows.Where(window => window.IsOutage).ToList();
        var found = outages.Where(outage => outage.Kind == load).OrderBy(outage => outage.Start).ToList();
        Assert.Equal(expected.Count, found.Count);
        foreach (var (window, outage) in expected.Zip(found))
        {
            // What the front door itself knows: its last acknowledgement before and its first after.
            var before = acknowledged.Last(at => at < window.From + Tolerance);
            var after = acknowledged.First(at => at >= window.To);
            var truth = after - before;
            Assert.NotNull(outage.Duration);
            Assert.InRange(outage.Duration.Value, truth - Tolerance, truth + Tolerance);

            // And against the schedule: one period of the load at the beginning, one attempt's interval and latency at the end.
            var period = TimeSpan.FromMilliseconds(load == LoadKind.Write ? 10 : 20);
            Assert.InRange(outage.Duration.Value, window.To - window.From - Tolerance, window.To - window.From + period + Tolerance);
        }
    }

    private static void AssertWrites(
        FakeFrontDoor door, FakeDatabase database, LedgerView ledger, HashSet<long> lost, HashSet<long> duplicated)
    {
        // The probe may have been killed between an acknowledgement and its note of it: then the write is an unknown one.
        var acknowledged = door.Acknowledged.Select(write => write.Id).ToHashSet();
        Assert.Equal(acknowledged.Order(), Ids(ledger.Acknowledged));
        Assert.Equal(lost.Order(), Ids(ledger.Lost));
        Assert.Equal(duplicated.Order(), Ids(ledger.Duplicated));
        Assert.Equal(0, ledger.Unexpected.Count);
        Assert.Equal(0, ledger.Unknown.Count);
        Assert.All(Ids(ledger.Found), id => Assert.True(database.Holds(RouteKind.FrontDoor, id)));
        Assert.All(Ids(ledger.Absent), id => Assert.False(database.Holds(RouteKind.FrontDoor, id)));
        var settled = new IdSet([.. ledger.Found.Ranges, .. ledger.Absent.Ranges]);
        Assert.All(door.Unknown, id => Assert.True(settled.Contains(id)));
        Assert.All(Ids(ledger.Failed), id => Assert.False(database.Holds(RouteKind.FrontDoor, id)));
    }

    private static void Lose(FakeFrontDoor door, FakeDatabase database, HashSet<long> lost, Window window)
    {
        foreach (var (_, id) in door.Acknowledged.TakeLast(window.LostAtEnd))
        {
            database.Lose(RouteKind.FrontDoor, id);
            lost.Add(id);
        }
    }

    private static HashSet<long> Duplicate(FakeFrontDoor door, FakeDatabase database, HashSet<long> lost, int count)
    {
        var duplicated = door.Acknowledged.Select(write => write.Id).Where(id => !lost.Contains(id)).Take(count).ToHashSet();
        foreach (var id in duplicated)
        {
            database.Duplicate(RouteKind.FrontDoor, id);
        }

        return duplicated;
    }

    private static IEnumerable<long> Ids(IdSet set)
    {
        foreach (var range in set.Ranges)
        {
            for (var id = range.First; id <= range.Last; id++)
            {
                yield return id;
            }
        }
    }

    /// <summary>A schedule to be.</summary>
    /// <param name="Windows">Per window: what, how long, how long all is well before, how many writes are lost at its end.</param>
    /// <param name="Seed">For latencies and chance.</param>
    /// <param name="Duplicates">Rows that are there twice.</param>
    private sealed record Plan((Trouble Kind, int Length, int Before, int Lost)[] Windows, int Seed, int Duplicates)
    {
        /// <summary>
        /// Places the windows. A probe that is gone for a while in one has to have some of it left to see, and no write may be lost
        /// that a probe was killed over.
        /// </summary>
        public List<Window> Place(int gone)
        {
            var at = TimeSpan.Zero;
            var placed = new List<Window>();
            foreach (var (kind, length, before, lost) in Windows)
            {
                var from = at + TimeSpan.FromMilliseconds(before);

                // A stall in which nothing fails is an outage from the stall threshold on.
                var least = kind == Trouble.Stall ? length + 1100 : length;
                at = from + TimeSpan.FromMilliseconds(gone == 0 ? least : (2 * least) + (2 * gone) + 300);
                var window = new Window(kind, from, at, lost);
                placed.Add(window.IsOutage ? window : window with { LostAtEnd = 0 });
            }

            return placed;
        }

        public override string ToString() =>
            $"seed {Seed}, duplicates {Duplicates}: {string.Join(" | ", Windows.Select(window => window.ToString()))}";
    }
}

using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.Verify;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>What a cluster must never do is planted once, and is counted once: on its own route, under its own name, and nothing else is.</summary>
public sealed class PlantedViolations : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hapg-planted-");
    private readonly World _world = new();
    private readonly FakeDatabase _database = new();
    private readonly List<Window> _windows = [];
    private readonly FakeFrontDoor _door;
    private readonly FakeFrontDoor _direct;
    private SimulatedProbe? _probe;

    public PlantedViolations()
    {
        _door = new FakeFrontDoor(_world, _database, _windows, new Random(1));
        _direct = new FakeFrontDoor(_world, _database, [], new Random(2)) { Kind = RouteKind.Direct };
    }

    private SimulatedProbe Probe => _probe ??= new SimulatedProbe(
        _world,
        [_door, _direct],
        _database,
        _directory.FullName,
        new ProbeOptions { WriteRate = 100, ReadRate = 50, DirectWriteRate = 100, LedgerDirectory = _directory.FullName },
        3);

    public void Dispose()
    {
        _probe?.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void Nothing_planted_is_nothing_counted()
    {
        Pass(3);
        AssertClean(Verify(), except: null);
        Assert.Empty(Probe.Ledger.Outages);
    }

    [Fact]
    public void Writes_acknowledged_by_a_leader_that_had_been_replaced_are_counted()
    {
        Pass(1);
        _door.Timeline = _direct.Timeline = 2;
        Pass(1);

        // Some that went through the front door, for a moment, were taken by the old one.
        var before = _door.Acknowledged.Count;
        _door.Timeline = 1;
        Pass(0.1);
        _door.Timeline = 2;
        Pass(0.1);
        var stale = _door.Acknowledged.Skip(before).Count(write => write.At < TimeSpan.FromSeconds(2.1));

        var counters = Verify();
        Assert.InRange(stale, 8, 11);
        Assert.Equal(stale, counters[RouteKind.FrontDoor].StaleLeader);
        Assert.Equal(0, counters[RouteKind.Direct].StaleLeader);
    }

    [Fact]
    public void A_write_that_began_before_the_new_leader_was_known_is_not_from_a_stale_one()
    {
        // What begins within the first second on timeline 1 is acknowledged 400 ms later, when others have been on timeline 2 for long.
        _windows.Add(new Window(Trouble.Delay, TimeSpan.Zero, TimeSpan.FromSeconds(1), 0));
        Pass(1);
        _door.Timeline = _direct.Timeline = 2;
        Pass(1);
        AssertClean(Verify(), except: null);
    }

    [Fact]
    public void A_read_that_goes_back_in_time_is_counted()
    {
        Pass(2);
        _door.Behind = 50;
        Pass(0.2);
        _door.Behind = 0;
        Pass(0.2);
        var counters = Verify();
        Assert.Equal(1, counters[RouteKind.FrontDoor].BackwardsReads);
        AssertClean(counters, nameof(WriteCounters.BackwardsReads));
    }

    [Fact]
    public void A_read_that_goes_back_in_time_on_another_connection_is_counted_apart()
    {
        Pass(2);
        (_door.Behind, _door.Reconnected) = (50, true);
        Pass(0.2);
        _door.Behind = 0;
        Pass(0.2);
        var counters = Verify();
        Assert.Equal(1, counters[RouteKind.FrontDoor].BackwardsReconnects);
        AssertClean(counters, except: null);
    }

    [Fact]
    public void Writes_of_unknown_outcome_are_settled_as_found_and_as_absent_and_one_that_comes_after_all_is_unexpected()
    {
        _windows.Add(new Window(Trouble.Unacknowledge, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.4), 0));
        Pass(5);
        var counters = Verify();
        var held = _door.Unknown.Where(id => _database.Holds(RouteKind.FrontDoor, id)).ToList();
        var absent = _door.Unknown.Except(held).ToList();
        Assert.NotEmpty(held);
        Assert.NotEmpty(absent);
        Assert.Equal(
            (0L, held.Count, absent.Count),
            (counters[RouteKind.FrontDoor].Unknown, counters[RouteKind.FrontDoor].UnknownFound, counters[RouteKind.FrontDoor].UnknownAbsent));
        AssertClean(counters, except: null);

        _database.Commit(_database.Begin(), RouteKind.FrontDoor, absent[0]);
        counters = Verify();
        Assert.Equal(1, counters[RouteKind.FrontDoor].Unexpected);
        AssertClean(counters, nameof(WriteCounters.Unexpected));
    }

    [Fact]
    public void A_write_lost_and_one_duplicated_are_counted_on_their_route()
    {
        Pass(2);
        _database.Lose(RouteKind.Direct, _direct.Acknowledged[20].Id);
        _database.Duplicate(RouteKind.FrontDoor, _door.Acknowledged[20].Id);
        var counters = Verify();
        Assert.Equal((0L, 1L), (counters[RouteKind.FrontDoor].Lost, counters[RouteKind.FrontDoor].Duplicated));
        Assert.Equal((1L, 0L), (counters[RouteKind.Direct].Lost, counters[RouteKind.Direct].Duplicated));
    }

    [Fact]
    public void A_write_that_only_a_replica_lacks_is_said_of_that_replica()
    {
        Pass(2);
        _database.MissingOnReplica.Add(_door.Acknowledged[20].Id);
        var verification = Probe.Verify();
        Assert.All(verification.Routes, route => Assert.Equal(0, route.Lost));
        Assert.Equal([("one", 0L), ("two", 2L)], verification.Members.Select(member => (member.Node, member.Missing!.Value)));
    }

    [Fact]
    public void A_replica_that_does_not_answer_at_once_is_asked_again_and_one_that_is_not_there_is_not()
    {
        Pass(2);
        _database.ReplicaFailure = new StoreException("two cannot be reached (timeout).");
        var asked = Probe.AskForVerification();
        Pass(5);
        Assert.False(asked.IsCompleted);
        _database.ReplicaFailure = null;
        Assert.Equal([("one", true), ("two", true)], Members(_world.Finish(asked, TimeSpan.FromSeconds(1))));

        _database.ReplicaFailure = new StoreException("two cannot be reached (ConnectionRefused).") { IsAbsent = true };
        var began = _world.Elapsed;
        Assert.Equal([("one", true), ("two", false)], Members(Probe.Verify()));
        Assert.Equal(began, _world.Elapsed);

        static IEnumerable<(string, bool)> Members(Verification verification) => verification.Members.Select(member => (member.Node, member.CaughtUp));
    }

    [Fact]
    public void An_outage_of_one_route_is_none_of_the_other()
    {
        _windows.Add(new Window(Trouble.Refuse, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 0));
        Pass(1.5);
        Assert.Equal((Availability.Down, Availability.Up), (State(RouteKind.FrontDoor), State(RouteKind.Direct)));
        Pass(3);
        Assert.Equal((Availability.Up, Availability.Up), (State(RouteKind.FrontDoor), State(RouteKind.Direct)));
        Assert.Equal(
            [(RouteKind.FrontDoor, LoadKind.Write), (RouteKind.FrontDoor, LoadKind.Read)],
            Probe.Ledger.Outages.Select(outage => (outage.Route, outage.Kind)).OrderBy(outage => outage.Kind));
        Assert.Equal(1, Route(RouteKind.FrontDoor).WriteOutages.Count);
        Assert.Equal(0, Route(RouteKind.Direct).WriteOutages.Count);
    }

    [Fact]
    public void A_comparison_that_is_asked_for_begins_after_the_request_even_when_one_is_under_way()
    {
        Pass(1);
        var busy = new TaskCompletionSource();
        _database.Busy = busy.Task;
        var underWay = Probe.AskForVerification();
        Pass(1);
        _database.Busy = Task.CompletedTask;
        var asked = _world.Now;
        var (one, another) = (Probe.AskForVerification(), Probe.AskForVerification());
        Pass(1);
        Assert.False(one.IsCompleted);

        busy.SetResult();
        var answer = _world.Finish(one, TimeSpan.FromSeconds(1));
        Assert.InRange(answer.StartedAt, asked, DateTimeOffset.MaxValue);
        Assert.Same(answer, _world.Finish(another, TimeSpan.FromSeconds(1)));
        Assert.NotSame(answer, _world.Finish(underWay, TimeSpan.FromSeconds(1)));
        Assert.True(answer.Routes[0].Compared >= 200);
    }

    private static void AssertClean(Dictionary<RouteKind, WriteCounters> counters, string? except)
    {
        foreach (var (route, counted) in counters)
        {
            (string Name, long Count)[] violations =
            [
                (nameof(counted.Lost), counted.Lost), (nameof(counted.Duplicated), counted.Duplicated), (nameof(counted.Unexpected), counted.Unexpected),
                (nameof(counted.StaleLeader), counted.StaleLeader), (nameof(counted.BackwardsReads), counted.BackwardsReads),
            ];
            Assert.Empty(violations.Where(violation => violation.Count > 0 && violation.Name != except).Select(violation => $"{route}: {violation}"));
        }
    }

    private Dictionary<RouteKind, WriteCounters> Verify()
    {
        var verification = Probe.Verify();
        Assert.True(verification.Complete, verification.Problem);
        return new[] { RouteKind.FrontDoor, RouteKind.Direct }.ToDictionary(route => route, Probe.Ledger.Totals);
    }

    private Availability State(RouteKind route) => Route(route).WriteState;

    private RouteStatus Route(RouteKind route) => Probe.State.Current.Routes.Single(status => status.Route == route);

    private void Pass(double seconds)
    {
        _ = Probe;
        _world.RunUntil(_world.Elapsed + TimeSpan.FromSeconds(seconds));
    }
}

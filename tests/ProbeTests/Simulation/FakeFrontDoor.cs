using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>
/// A front door that drops, delays and un-acknowledges on a known schedule, and remembers what it did. It outlives the probes that
/// go through it: what has begun in the database ends there, whether a probe is left to hear of it or not.
/// </summary>
internal sealed class FakeFrontDoor(World world, FakeDatabase database, IReadOnlyList<Window> windows, Random random)
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(1);

    private int _flicker;

    /// <summary>The route that it stands for.</summary>
    public RouteKind Kind { get; init; } = RouteKind.FrontDoor;

    /// <summary>The timeline that its server is on.</summary>
    public int Timeline { get; set; } = 1;

    /// <summary>How many of the newest writes its reads do not show.</summary>
    public int Behind { get; set; }

    /// <summary>Whether its reads come from a connection that is new to their session.</summary>
    public bool Reconnected { get; set; }

    /// <summary>Acknowledged writes with their time, in order.</summary>
    public List<(TimeSpan At, long Id)> Acknowledged { get; } = [];

    /// <summary>Answered reads' times, in order.</summary>
    public List<TimeSpan> Answered { get; } = [];

    /// <summary>Writes whose outcome nobody was told.</summary>
    public HashSet<long> Unknown { get; } = [];

    /// <summary>The route as one probe uses it.</summary>
    public IRoute For(World.Inhabitant probe) => new Route(this, probe);

    private Window? Now => windows.FirstOrDefault(window => world.Elapsed >= window.From && world.Elapsed < window.To);

    // Task.Delay counts in whole milliseconds.
    private TimeSpan Latency() => TimeSpan.FromMilliseconds(1 + random.Next(3));

    private sealed class Route(FakeFrontDoor door, World.Inhabitant probe) : IRoute
    {
        public RouteKind Kind => door.Kind;

        public TimeSpan ConnectTimeout => TimeSpan.FromMilliseconds(500);

        public bool CanRead => true;

        public async Task<WriteAttempt> WriteAsync(long id, CancellationToken cancellationToken)
        {
            var window = door.Now;
            switch (window?.Kind)
            {
                case Trouble.Refuse:
                    await After(TimeSpan.FromMilliseconds(1));
                    return new WriteAttempt { Outcome = AttemptOutcome.Failed, Error = "ConnectionRefused" };
                case Trouble.Hang:
                    await After(ConnectTimeout);
                    return new WriteAttempt { Outcome = AttemptOutcome.Failed, Error = "timeout" };
                case Trouble.ReadOnly:
                    await After(door.Latency());
                    return new WriteAttempt { Outcome = AttemptOutcome.Failed, Error = "25006", Demoted = true };
                case Trouble.Stall:
                    return await StallAsync(id, window.To);
                case Trouble.Unacknowledge:
                    return await BreakAsync(id);
                case Trouble.Flicker when door._flicker++ % 2 == 0:
                    return await BreakAsync(id);
                case Trouble.Delay:
                    return await AcknowledgeAsync(id, TimeSpan.FromMilliseconds(400));
                default:
                    return await AcknowledgeAsync(id, door.Latency());
            }
        }

        public async Task<ReadAttempt> ReadAsync(CancellationToken cancellationToken)
        {
            if (door.Now is { IsOutage: true })
            {
                await After(TimeSpan.FromMilliseconds(1));
                return new ReadAttempt { Outcome = AttemptOutcome.Failed, Error = "ConnectionRefused" };
            }

            await After(door.Latency());
            door.Answered.Add(Elapsed);
            return new ReadAttempt { Outcome = AttemptOutcome.Acknowledged, Highest = door.Database.Highest - door.Behind, Session = 1, Reconnected = door.Reconnected };
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private TimeSpan Elapsed => door.World.Elapsed;

        private Task After(TimeSpan delay) => Task.Delay(delay, probe.Time);

        private async Task<WriteAttempt> AcknowledgeAsync(long id, TimeSpan latency)
        {
            var (transaction, timeline) = (door.Database.Begin(), door.Timeline);
            door.World.At(Elapsed + (latency / 2), () => door.Database.Commit(transaction, Kind, id));
            await After(latency);
            door.Acknowledged.Add((Elapsed, id));
            return new WriteAttempt { Outcome = AttemptOutcome.Acknowledged, Server = "one", Timeline = timeline };
        }

        private async Task<WriteAttempt> StallAsync(long id, TimeSpan until)
        {
            var (transaction, timeline) = (door.Database.Begin(), door.Timeline);
            door.World.At(until, () => door.Database.Commit(transaction, Kind, id));
            var left = until - Elapsed;
            if (left < CommandTimeout)
            {
                await After(left + TimeSpan.FromMilliseconds(1));
                door.Acknowledged.Add((Elapsed, id));
                return new WriteAttempt { Outcome = AttemptOutcome.Acknowledged, Server = "one", Timeline = timeline };
            }

            await After(CommandTimeout);
            door.Unknown.Add(id);
            return new WriteAttempt { Outcome = AttemptOutcome.Unknown, Error = "timeout" };
        }

        private async Task<WriteAttempt> BreakAsync(long id)
        {
            var transaction = door.Database.Begin();
            if (door.Random.Next(2) == 0)
            {
                // Some become visible long after the connection broke.
                var late = TimeSpan.FromMilliseconds(door.Random.Next(1500));
                door.World.At(Elapsed + late, () => door.Database.Commit(transaction, Kind, id));
            }
            else
            {
                door.Database.RollBack(transaction);
            }

            await After(door.Latency());
            door.Unknown.Add(id);
            return new WriteAttempt { Outcome = AttemptOutcome.Unknown, Error = "connection_lost" };
        }
    }

    private World World => world;

    private FakeDatabase Database => database;

    private Random Random => random;
}

using HaPgAspire.Probe.Engine;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Outages;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>The real engine with the real ledger, in a simulated world.</summary>
internal sealed class SimulatedProbe : IDisposable
{
    private readonly World _world;
    private readonly World.Inhabitant _self;
    private readonly ProbeMetrics _metrics = new();
    private readonly OutageTraces _traces = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ProbeEngine _engine;
    private readonly Task _running;

    public SimulatedProbe(
        World world, IReadOnlyList<FakeFrontDoor> doors, FakeDatabase database, string directory, ProbeOptions options, int seed)
    {
        _world = world;
        _self = new World.Inhabitant(world);
        var clock = new ProbeClock(_self.Time);
        Ledger = Ledger.Open(directory, "simulated", clock.Now, options.CompactAt);
        State = new ProbeState(_self.Time);
        var parts = new EngineParts(
            options, Ledger, State, clock, new TimelineMark(), _metrics, _traces, new Random(seed), NullLogger.Instance);
        _engine = new ProbeEngine(parts, [.. doors.Select(door => door.For(_self))], database, new NoExplanation());
        _running = World.As(_self, () => _engine.RunAsync(_stop.Token));
    }

    /// <summary>Its ledger.</summary>
    public Ledger Ledger { get; }

    /// <summary>Its state.</summary>
    public ProbeState State { get; }

    /// <summary>Compares the ledger with the database.</summary>
    public Verification Verify() => _world.Finish(AskForVerification(), TimeSpan.FromMinutes(1));

    /// <summary>Asks for a comparison, which goes on while time passes.</summary>
    public Task<Verification> AskForVerification()
    {
        Assert.False(_running.IsCompleted, _running.Exception?.ToString());
        return World.As(_self, () => _engine.VerifyAsync(CancellationToken.None));
    }

    /// <summary>Ends it as SIGKILL would: what the kernel has of its file stays, nothing else does.</summary>
    public void Dispose()
    {
        _self.Kill();
        Ledger.Dispose();
        _engine.Dispose();
        _metrics.Dispose();
        _traces.Dispose();
        _stop.Dispose();
    }

    private sealed class NoExplanation : IOutageExplainer
    {
        public OutageExplanation Explain(RouteKind route, LoadKind load, Gap gap, Outage? known) =>
            new(OutageCause.Unknown, [], null, null, null, null, null);
    }
}

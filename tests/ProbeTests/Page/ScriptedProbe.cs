using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.ProbeTests.Page;

/// <summary>A probe that says what a test tells it to say, and records what it is asked to do.</summary>
public sealed class ScriptedProbe(ProbeStatus status) : IProbeState, IProbeActions
{
    private readonly Lock _gate = new();
    private readonly List<Channel<ProbeChange>> _listeners = [];
    private ProbeStatus _status = status;
    private ImmutableList<LatencySample> _samples = [];
    private ImmutableList<Outage> _outages = [.. status.Outages.Reverse()];
    private readonly TaskCompletionSource _listenedTo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sequence;

    public ProbeStatus Current => Volatile.Read(ref _status);

    public ConcurrentQueue<string?> Switchovers { get; } = new();

    public int Verifications { get; private set; }

    public Func<string?, ActionResult> OnSwitchover { get; set; } = candidate => new ActionResult(true, $"{candidate ?? "data-node2"} leads now.");

    public Func<Verification> OnVerify { get; set; } = () => throw new InvalidOperationException("The test has not said what a verification finds.");

    /// <summary>Completes when the first listener follows the changes.</summary>
    public Task ListenedTo => _listenedTo.Task;

    public IReadOnlyList<LatencySample> Samples(DateTimeOffset from, DateTimeOffset to) =>
        [.. _samples.Where(sample => sample.Second >= from && sample.Second < to)];

    public IReadOnlyList<Outage> Outages(DateTimeOffset from, DateTimeOffset to) =>
        [.. _outages.Where(outage => outage.Start < to && (outage.End ?? DateTimeOffset.MaxValue) > from)];

    public async IAsyncEnumerable<ProbeChange> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changes = Channel.CreateUnbounded<ProbeChange>();
        lock (_gate)
        {
            _listeners.Add(changes);
        }

        _listenedTo.TrySetResult();

        try
        {
            await foreach (var change in changes.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_gate)
            {
                _listeners.Remove(changes);
            }
        }
    }

    /// <summary>Seconds that were there before anyone looked.</summary>
    public void Remember(IEnumerable<LatencySample> samples) => _samples = _samples.AddRange(samples);

    public void Say(ClusterTopology topology) =>
        Publish(status => status with { Topology = topology }, (sequence, at) => new TopologyChanged(sequence, at, topology));

    public void Say(params RouteStatus[] routes) =>
        Publish(status => status with { Routes = routes }, (sequence, at) => new RoutesChanged(sequence, at, routes));

    public void Say(Outage outage) => Publish(
        status =>
        {
            _outages = [.. _outages.Where(other => other.Id != outage.Id), outage];
            return status with { Outages = [.. _outages.Reverse()] };
        },
        (sequence, at) => new OutageChanged(sequence, at, outage));

    public void Say(LatencySample sample)
    {
        _samples = _samples.Add(sample);
        Publish(status => status, (sequence, at) => new SampleAdded(sequence, at, sample));
    }

    public void Say(Verification verification) =>
        Publish(status => status with { Verification = verification }, (sequence, at) => new VerificationFinished(sequence, at, verification));

    /// <summary>Changes that get lost on the way to every listener.</summary>
    public void Skip(int changes)
    {
        lock (_gate)
        {
            _sequence += changes;
        }
    }

    public Task<Verification> VerifyAsync(CancellationToken cancellationToken)
    {
        Verifications++;
        var verification = OnVerify();
        Say(verification);
        return Task.FromResult(verification);
    }

    public Task<ActionResult> SwitchoverAsync(string? candidate, CancellationToken cancellationToken)
    {
        Switchovers.Enqueue(candidate);
        return Task.FromResult(OnSwitchover(candidate));
    }

    private void Publish(Func<ProbeStatus, ProbeStatus> next, Func<long, DateTimeOffset, ProbeChange> change)
    {
        lock (_gate)
        {
            _status = next(_status);
            var published = change(++_sequence, _status.At);
            foreach (var listener in _listeners)
            {
                listener.Writer.TryWrite(published);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.State;

/// <summary>Collects what the parts of the probe report and hands it to whoever shows it.</summary>
public sealed class ProbeState(TimeProvider time) : IProbeState
{
    private const int ShownOutages = 100;
    private const int ChangesPerReader = 1024;

    private static readonly TimeSpan SamplesKept = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly List<Channel<ProbeChange>> _readers = [];
    private readonly Queue<LatencySample> _samples = new();
    private readonly SortedList<long, Outage> _outages = [];
    private DateTimeOffset _ledgerCreatedAt = time.GetUtcNow();
    private ClusterTopology _topology = ClusterTopology.Empty;
    private IReadOnlyList<RouteStatus> _routes = [];
    private Verification? _verification;
    private long _sequence;

    /// <inheritdoc/>
    public ProbeStatus Current
    {
        get
        {
            lock (_gate)
            {
                return new ProbeStatus(
                    time.GetUtcNow(),
                    _startedAt,
                    _ledgerCreatedAt,
                    _topology,
                    _routes,
                    [.. _outages.Values.Reverse().Take(ShownOutages)],
                    _verification);
            }
        }
    }

    /// <summary>The components' last state.</summary>
    public ClusterTopology Topology
    {
        get
        {
            lock (_gate)
            {
                return _topology;
            }
        }
    }

    /// <summary>The routes' last state.</summary>
    public IReadOnlyList<RouteStatus> Routes
    {
        get
        {
            lock (_gate)
            {
                return _routes;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<LatencySample> Samples(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_gate)
        {
            return [.. _samples.Where(sample => sample.Second >= from && sample.Second < to)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Outage> Outages(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_gate)
        {
            return [.. _outages.Values.Where(outage => outage.Start < to && (outage.End ?? DateTimeOffset.MaxValue) > from)];
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ProbeChange> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = Channel.CreateBounded<ProbeChange>(
            new BoundedChannelOptions(ChangesPerReader) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            _readers.Add(reader);
        }

        try
        {
            await foreach (var change in reader.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_gate)
            {
                _readers.Remove(reader);
            }
        }
    }

    /// <summary>Starts from what the ledger holds.</summary>
    public void Restore(DateTimeOffset ledgerCreatedAt, IEnumerable<Outage> outages)
    {
        lock (_gate)
        {
            _ledgerCreatedAt = ledgerCreatedAt;
            _outages.Clear();
            foreach (var outage in outages)
            {
                _outages[outage.Id] = outage;
            }
        }
    }

    /// <summary>Takes a finished second.</summary>
    public void Add(LatencySample sample)
    {
        lock (_gate)
        {
            _samples.Enqueue(sample);
            while (_samples.TryPeek(out var oldest) && oldest.Second < sample.Second - SamplesKept)
            {
                _samples.Dequeue();
            }

            Publish((sequence, at) => new SampleAdded(sequence, at, sample));
        }
    }

    /// <summary>Takes a new or changed outage.</summary>
    public void Set(Outage outage)
    {
        lock (_gate)
        {
            _outages[outage.Id] = outage;
            Publish((sequence, at) => new OutageChanged(sequence, at, outage));
        }
    }

    /// <summary>Takes the components' new state.</summary>
    public void Set(ClusterTopology topology)
    {
        lock (_gate)
        {
            _topology = topology;
            Publish((sequence, at) => new TopologyChanged(sequence, at, topology));
        }
    }

    /// <summary>Takes the routes' new state.</summary>
    public void Set(IReadOnlyList<RouteStatus> routes)
    {
        lock (_gate)
        {
            _routes = routes;
            Publish((sequence, at) => new RoutesChanged(sequence, at, routes));
        }
    }

    /// <summary>Takes the result of a comparison.</summary>
    public void Set(Verification verification)
    {
        lock (_gate)
        {
            _verification = verification;
            Publish((sequence, at) => new VerificationFinished(sequence, at, verification));
        }
    }

    private void Publish(Func<long, DateTimeOffset, ProbeChange> create)
    {
        var change = create(++_sequence, time.GetUtcNow());
        foreach (var reader in _readers)
        {
            reader.Writer.TryWrite(change);
        }
    }
}

using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Load;

/// <summary>Sums up one route's load second by second. Not safe for concurrent use.</summary>
internal sealed class SecondSampler(RouteKind route, LoadKind kind)
{
    private readonly List<double> _latencies = [];
    private DateTimeOffset? _second;
    private int _failed;
    private int _unknown;

    /// <summary>Takes an acknowledged operation.</summary>
    public LatencySample? Acknowledged(DateTimeOffset at, TimeSpan latency)
    {
        var finished = Turn(at);
        _latencies.Add(latency.TotalMilliseconds);
        return finished;
    }

    /// <summary>Takes an operation that was given up or whose outcome is unknown.</summary>
    public LatencySample? NotAcknowledged(DateTimeOffset at, bool unknown)
    {
        var finished = Turn(at);
        if (unknown)
        {
            _unknown++;
        }
        else
        {
            _failed++;
        }

        return finished;
    }

    /// <summary>Moves on to the second of <paramref name="at"/>; returns the one before when it is over.</summary>
    public LatencySample? Turn(DateTimeOffset at)
    {
        var second = new DateTimeOffset(at.Ticks - (at.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        if (second == _second)
        {
            return null;
        }

        var finished = _second is { } done ? Sum(done) : null;
        _second = second;
        _latencies.Clear();
        (_failed, _unknown) = (0, 0);
        return finished;
    }

    private LatencySample Sum(DateTimeOffset second)
    {
        _latencies.Sort();
        return new LatencySample(
            second, route, kind, _latencies.Count, _failed, _unknown, Percentile(0.5), Percentile(0.95), Percentile(0.99), Percentile(1));
    }

    // Nearest rank: the smallest latency that at least this share of the operations did not exceed.
    private double? Percentile(double share) =>
        _latencies.Count == 0 ? null : _latencies[Math.Max(0, (int)Math.Ceiling(share * _latencies.Count) - 1)];
}

namespace HaPgAspire.Probe.Model;

/// <summary>One second of one route's load. Latency counts from the moment an operation was due, not from when it was sent.</summary>
/// <param name="Second">The second's start, UTC.</param>
/// <param name="Route">The route.</param>
/// <param name="Kind">Writes or reads.</param>
/// <param name="Acknowledged">Operations acknowledged in it.</param>
/// <param name="Failed">Operations given up in it.</param>
/// <param name="Unknown">Operations in it whose outcome is unknown.</param>
/// <param name="P50">Median latency, milliseconds; null when nothing was acknowledged.</param>
/// <param name="P95">95th percentile, milliseconds; null when nothing was acknowledged.</param>
/// <param name="P99">99th percentile, milliseconds; null when nothing was acknowledged.</param>
/// <param name="Max">Longest latency, milliseconds; null when nothing was acknowledged.</param>
public sealed record LatencySample(
    DateTimeOffset Second,
    RouteKind Route,
    LoadKind Kind,
    int Acknowledged,
    int Failed,
    int Unknown,
    double? P50,
    double? P95,
    double? P99,
    double? Max);

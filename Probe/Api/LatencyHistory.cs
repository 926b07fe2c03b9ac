using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api;

/// <summary>Latency by the second, in columns: the values with one index belong together.</summary>
/// <param name="From">Start of the period, UTC.</param>
/// <param name="To">End of the period, UTC.</param>
/// <param name="Series">One for each route and kind of load that has data in the period.</param>
public sealed record LatencyHistory(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<LatencySeries> Series)
{
    internal static LatencyHistory Of(IProbeState state, Period period)
    {
        var series = state.Samples(period.From, period.To)
            .GroupBy(sample => (sample.Kind, sample.Route))
            .OrderBy(group => group.Key)
            .Select(group => LatencySeries.Of(group.Key.Route, group.Key.Kind, [.. group]));
        return new LatencyHistory(period.From, period.To, [.. series]);
    }
}

/// <summary>One route's load of one kind, a value per second; latency in milliseconds, null where nothing was acknowledged.</summary>
/// <param name="Route">The route.</param>
/// <param name="Kind">Writes or reads.</param>
/// <param name="Second">Start of each second, seconds since 1970-01-01 UTC.</param>
/// <param name="Acknowledged">Operations acknowledged in it.</param>
/// <param name="Failed">Operations given up in it.</param>
/// <param name="Unknown">Operations in it whose outcome is unknown.</param>
/// <param name="P50">Medians.</param>
/// <param name="P95">95th percentiles.</param>
/// <param name="P99">99th percentiles.</param>
/// <param name="Max">Longest.</param>
public sealed record LatencySeries(
    RouteKind Route,
    LoadKind Kind,
    IReadOnlyList<long> Second,
    IReadOnlyList<int> Acknowledged,
    IReadOnlyList<int> Failed,
    IReadOnlyList<int> Unknown,
    IReadOnlyList<double?> P50,
    IReadOnlyList<double?> P95,
    IReadOnlyList<double?> P99,
    IReadOnlyList<double?> Max)
{
    internal static LatencySeries Of(RouteKind route, LoadKind kind, IReadOnlyList<LatencySample> samples) => new(
        route,
        kind,
        [.. samples.Select(sample => sample.Second.ToUnixTimeSeconds())],
        [.. samples.Select(sample => sample.Acknowledged)],
        [.. samples.Select(sample => sample.Failed)],
        [.. samples.Select(sample => sample.Unknown)],
        [.. samples.Select(sample => Rounded(sample.P50))],
        [.. samples.Select(sample => Rounded(sample.P95))],
        [.. samples.Select(sample => Rounded(sample.P99))],
        [.. samples.Select(sample => Rounded(sample.Max))]);

    // A microsecond is finer than anything measured over a network, and keeps an hour's history small.
    private static double? Rounded(double? milliseconds) => milliseconds is { } value ? Math.Round(value, 3) : null;
}

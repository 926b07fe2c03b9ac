using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api.Reports;

/// <summary>One route's load of one kind in a period.</summary>
/// <param name="Route">The route.</param>
/// <param name="Kind">Writes or reads.</param>
/// <param name="Availability">The part of the period outside outages, 0 to 1.</param>
/// <param name="Outages">How many outages overlap the period.</param>
/// <param name="Unavailable">Their time within the period.</param>
/// <param name="Longest">The longest one's time within the period.</param>
/// <param name="Latency">Latency over the part of the period that is kept by the second; null when none of it is.</param>
public sealed record LoadReport(
    RouteKind Route,
    LoadKind Kind,
    double Availability,
    int Outages,
    TimeSpan Unavailable,
    TimeSpan Longest,
    LatencySummary? Latency)
{
    internal static LoadReport Of(RouteKind route, LoadKind kind, Period period, IReadOnlyList<Outage> outages, IReadOnlyList<LatencySample> samples)
    {
        TimeSpan[] spans = [.. outages.Select(outage => Within(outage, period))];
        var unavailable = spans.Aggregate(TimeSpan.Zero, (sum, span) => sum + span);
        return new LoadReport(
            route,
            kind,
            Math.Clamp(1 - (unavailable / period.Length), 0, 1),
            spans.Length,
            unavailable,
            spans.DefaultIfEmpty().Max(),
            LatencySummary.Of(samples));
    }

    private static TimeSpan Within(Outage outage, Period period)
    {
        var start = outage.Start > period.From ? outage.Start : period.From;
        var end = outage.End is { } closed && closed < period.To ? closed : period.To;
        return end > start ? end - start : TimeSpan.Zero;
    }
}

/// <summary>Latency over some seconds, milliseconds.</summary>
/// <param name="From">The first second, UTC.</param>
/// <param name="To">The end of the last second, UTC.</param>
/// <param name="Acknowledged">Operations acknowledged in them.</param>
/// <param name="Failed">Operations given up in them.</param>
/// <param name="Unknown">Operations in them whose outcome was unknown at first.</param>
/// <param name="TypicalP50">Median over the seconds of each second's median; null when nothing was acknowledged.</param>
/// <param name="TypicalP99">Median over the seconds of each second's 99th percentile; null when nothing was acknowledged.</param>
/// <param name="Max">The longest; null when nothing was acknowledged.</param>
public sealed record LatencySummary(
    DateTimeOffset From,
    DateTimeOffset To,
    long Acknowledged,
    long Failed,
    long Unknown,
    double? TypicalP50,
    double? TypicalP99,
    double? Max)
{
    internal static LatencySummary? Of(IReadOnlyList<LatencySample> samples) => samples.Count == 0
        ? null
        : new LatencySummary(
            samples[0].Second,
            samples[^1].Second.AddSeconds(1),
            samples.Sum(sample => (long)sample.Acknowledged),
            samples.Sum(sample => (long)sample.Failed),
            samples.Sum(sample => (long)sample.Unknown),
            Median(samples.Select(sample => sample.P50)),
            Median(samples.Select(sample => sample.P99)),
            samples.Max(sample => sample.Max));

    private static double? Median(IEnumerable<double?> values)
    {
        double[] sorted = [.. values.OfType<double>().Order()];
        return sorted.Length == 0
            ? null
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

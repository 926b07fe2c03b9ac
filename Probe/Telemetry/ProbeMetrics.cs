using System.Diagnostics.Metrics;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>The instruments for what the probe measures itself.</summary>
public sealed class ProbeMetrics : IDisposable
{
    private readonly Meter _meter = new(TelemetryNames.Source);
    private readonly Histogram<double> _operations;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _outages;
    private readonly Counter<long> _backwards;

    /// <summary>Makes the instruments.</summary>
    public ProbeMetrics()
    {
        _operations = _meter.CreateHistogram(
            "hapg.operation.duration",
            "s",
            "From the moment a write or read was due until it ended.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            });
        _failures = _meter.CreateCounter<long>("hapg.attempt.failures", "{attempt}", "Single attempts that failed or whose outcome is unknown.");
        _outages = _meter.CreateHistogram(
            "hapg.outage.duration",
            "s",
            "From the last acknowledgement before an outage to the first one after.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300] });
        _backwards = _meter.CreateCounter<long>("hapg.reads.backwards", "{read}", "Reads that returned an older state than the one before in their session.");
    }

    /// <summary>Adds the instruments that are read from the routes' state when a reader collects.</summary>
    public void Observe(Func<IReadOnlyList<RouteStatus>> routes, Func<long> ledgerBytes)
    {
        _meter.CreateObservableCounter("hapg.writes", () => Outcomes(routes()), "{write}", "Writes by outcome since the ledger began.");
        Up("hapg.writes.unknown", "{write}", "Writes whose outcome is still unknown.", route => route.Counters.Unknown);
        Counter("hapg.writes.lost", "{write}", "Acknowledged writes that the leader's database does not hold.", route => route.Counters.Lost);
        Counter("hapg.writes.duplicated", "{write}", "Writes that it holds more than once.", route => route.Counters.Duplicated);
        Counter("hapg.writes.unexpected", "{write}", "Writes that it holds though they had failed.", route => route.Counters.Unexpected);
        Counter("hapg.writes.stale_leader", "{write}", "Writes acknowledged by a leader that had been replaced.", route => route.Counters.StaleLeader);
        Counter("hapg.connections.demoted", "{connection}", "Pooled connections discarded because their server had become read-only.", route => route.Counters.DemotedConnections);
        _meter.CreateObservableUpDownCounter("hapg.outage.active", () => Active(routes()), "{outage}", "1 while an outage is open.");
        _meter.CreateObservableUpDownCounter("hapg.ledger.size", ledgerBytes, "By", "Size of the ledger file.");

        void Counter(string name, string unit, string description, Func<RouteStatus, long> read) =>
            _meter.CreateObservableCounter(name, () => routes().Select(route => Measure(route, read)), unit, description);

        void Up(string name, string unit, string description, Func<RouteStatus, long> read) =>
            _meter.CreateObservableUpDownCounter(name, () => routes().Select(route => Measure(route, read)), unit, description);
    }

    /// <summary>An operation has ended.</summary>
    public void Operated(RouteKind route, LoadKind load, TimeSpan latency, string outcome) =>
        _operations.Record(
            latency.TotalSeconds,
            new(TelemetryNames.Route, TelemetryNames.Of(route)),
            new(TelemetryNames.Operation, TelemetryNames.Of(load)),
            new(TelemetryNames.Outcome, outcome));

    /// <summary>An attempt has failed.</summary>
    public void AttemptFailed(RouteKind route, LoadKind load, string? error) =>
        _failures.Add(
            1,
            new(TelemetryNames.Route, TelemetryNames.Of(route)),
            new(TelemetryNames.Operation, TelemetryNames.Of(load)),
            new(TelemetryNames.ErrorType, error ?? "unknown"));

    /// <summary>An outage is over and explained.</summary>
    public void OutageEnded(Outage outage) =>
        _outages.Record(
            (outage.Duration ?? TimeSpan.Zero).TotalSeconds,
            new(TelemetryNames.Route, TelemetryNames.Of(outage.Route)),
            new(TelemetryNames.Operation, TelemetryNames.Of(outage.Kind)),
            new("hapg.outage.cause", TelemetryNames.Of(outage.Cause)));

    /// <summary>A read went back in time.</summary>
    public void WentBackwards(RouteKind route, bool reconnected) =>
        _backwards.Add(1, new(TelemetryNames.Route, TelemetryNames.Of(route)), new("hapg.session.reconnected", reconnected));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Measure(RouteStatus route, Func<RouteStatus, long> read) =>
        new(read(route), new KeyValuePair<string, object?>(TelemetryNames.Route, TelemetryNames.Of(route.Route)));

    private static IEnumerable<Measurement<long>> Outcomes(IReadOnlyList<RouteStatus> routes)
    {
        foreach (var route in routes)
        {
            yield return One(route, route.Counters.Acknowledged, "acknowledged");
            yield return One(route, route.Counters.Failed, "failed");
            yield return One(route, route.Counters.UnknownFound, "unknown_found");
            yield return One(route, route.Counters.UnknownAbsent, "unknown_absent");
        }

        static Measurement<long> One(RouteStatus route, long count, string outcome) => new(
            count,
            new KeyValuePair<string, object?>(TelemetryNames.Route, TelemetryNames.Of(route.Route)),
            new KeyValuePair<string, object?>(TelemetryNames.Outcome, outcome));
    }

    private static IEnumerable<Measurement<long>> Active(IReadOnlyList<RouteStatus> routes)
    {
        foreach (var route in routes)
        {
            yield return One(route, route.WriteState, LoadKind.Write);
            yield return One(route, route.ReadState, LoadKind.Read);
        }

        static Measurement<long> One(RouteStatus route, Availability state, LoadKind load) => new(
            state == Availability.Down ? 1 : 0,
            new KeyValuePair<string, object?>(TelemetryNames.Route, TelemetryNames.Of(route.Route)),
            new KeyValuePair<string, object?>(TelemetryNames.Operation, TelemetryNames.Of(load)));
    }
}

using System.Diagnostics;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Outages;

/// <summary>
/// Keeps the outages: into the ledger when they open and close, to the state for the page, and once the components have been heard,
/// as a trace, a measurement and a log line.
/// </summary>
internal sealed class OutageRecorder(
    Ledger ledger, ProbeState state, ProbeClock clock, IOutageExplainer explainer, ProbeMetrics metrics, OutageTraces traces, ILogger logger)
    : IOutageSink
{
    private const int LinkedAttempts = 32;

    // Failed attempts are counted all the time, and noted now and then.
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long after its end an outage is explained for good: by then every component has been asked again.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    /// <summary>How long that is put off for Patroni's history, which a new leader writes some rounds after its promotion.</summary>
    public static readonly TimeSpan LongestSettleTime = TimeSpan.FromSeconds(8);

    private readonly Lock _gate = new();
    private readonly Dictionary<(RouteKind Route, LoadKind Load), Open> _open = ledger.Outages
        .Where(outage => outage.End is null)
        .GroupBy(outage => (outage.Route, outage.Kind))
        .ToDictionary(same => same.Key, same => new Open(same.Last(), GapOf(same.Last())));

    private readonly Dictionary<(RouteKind Route, LoadKind Load), Queue<(DateTimeOffset At, ActivityContext Span)>> _spans = [];
    private readonly List<Open> _settling = [];

    /// <summary>An outage has ended that is not explained for good yet.</summary>
    public bool IsSettling
    {
        get
        {
            lock (_gate)
            {
                return _settling.Count > 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Opened(RouteKind route, LoadKind load, Gap gap)
    {
        lock (_gate)
        {
            var open = new Open(Describe(ledger.NextOutage(), route, load, gap, null), gap);
            _open[(route, load)] = open;
            Keep(open.Outage);
            ProbeLog.OutageOpened(logger, open.Outage.Id, TelemetryNames.Of(route), TelemetryNames.Of(load), gap.Start, gap.FirstError);
        }
    }

    /// <inheritdoc/>
    public void Closed(RouteKind route, LoadKind load, Gap gap)
    {
        lock (_gate)
        {
            if (_open.Remove((route, load), out var before))
            {
                gap = gap with
                {
                    Failed = Math.Max(gap.Failed, before.Gap.Failed),
                    Unknown = Math.Max(gap.Unknown, before.Gap.Unknown),
                    FirstError = before.Gap.FirstError ?? gap.FirstError,
                };
            }

            Close(Describe(before?.Outage.Id ?? ledger.NextOutage(), route, load, gap, before?.Outage), gap);
        }
    }

    /// <inheritdoc/>
    public void Found(RouteKind route, LoadKind load, Gap gap)
    {
        lock (_gate)
        {
            Close(Describe(ledger.NextOutage(), route, load, gap, known: null), gap);
        }
    }

    /// <inheritdoc/>
    public void Failed(RouteKind route, LoadKind load, DateTimeOffset at, bool unknown, ActivityContext span)
    {
        lock (_gate)
        {
            if (_open.TryGetValue((route, load), out var open))
            {
                open.Gap = unknown ? open.Gap with { Unknown = open.Gap.Unknown + 1 } : open.Gap with { Failed = open.Gap.Failed + 1 };
            }

            if (span == default)
            {
                return;
            }

            if (!_spans.TryGetValue((route, load), out var spans))
            {
                _spans[(route, load)] = spans = new Queue<(DateTimeOffset, ActivityContext)>();
            }

            spans.Enqueue((at, span));
            while (spans.Count > LinkedAttempts)
            {
                spans.Dequeue();
            }
        }
    }

    /// <summary>
    /// Looks at what the components show by now: gives open outages their new phases, and explains for good those that ended long
    /// enough ago, which it returns.
    /// </summary>
    public IReadOnlyList<Outage> Refresh()
    {
        lock (_gate)
        {
            foreach (var (key, open) in _open)
            {
                var now = Describe(open.Outage.Id, key.Route, key.Load, open.Gap, open.Outage);
                var counted = now.FailedAttempts + now.UnknownAttempts > open.Outage.FailedAttempts + open.Outage.UnknownAttempts;
                if (now.Cause != open.Outage.Cause
                    || now.Switches?.Count != open.Outage.Switches?.Count
                    || !now.Phases.SequenceEqual(open.Outage.Phases)
                    || (counted && clock.Now - open.KeptAt >= CountInterval))
                {
                    open.Outage = now;
                    open.KeptAt = clock.Now;
                    Keep(now);
                }
            }

            var settled = new List<Outage>();
            foreach (var closed in _settling.Where(closed => clock.Now - closed.Gap.End is { } since && (since >= LongestSettleTime || (since >= SettleTime && IsTold(closed)))).ToList())
            {
                _settling.Remove(closed);
                settled.Add(Settle(closed));
            }

            return settled;
        }
    }

    /// <summary>Notes how many writes an outage has lost.</summary>
    public void Checked(Outage outage, long lost)
    {
        lock (_gate)
        {
            Keep(outage with { LostWrites = lost });
        }
    }

    private static Gap GapOf(Outage outage) => new(
        outage.Start, outage.End, outage.BlindFor, outage.FailedAttempts, outage.UnknownAttempts, outage.FirstError);

    // Whether Patroni's history has come to a change of the leader.
    private bool IsTold(Open closed) =>
        Describe(closed.Outage.Id, closed.Outage.Route, closed.Outage.Kind, closed.Gap, closed.Outage) is var now
        && (now.Kind == LoadKind.Read || now.Cause is not (OutageCause.Failover or OutageCause.Switchover) || now.Switches is { Count: > 0 });

    private Outage Settle(Open closed)
    {
        var outage = Describe(closed.Outage.Id, closed.Outage.Route, closed.Outage.Kind, closed.Gap, closed.Outage);
        var links = _spans.GetValueOrDefault((outage.Route, outage.Kind)) is { } spans
            ? spans.Where(span => span.At >= outage.Start && span.At <= outage.End).Select(span => span.Span)
            : [];
        outage = outage with { TraceId = traces.Export(outage, links) };
        Keep(outage);
        metrics.OutageEnded(outage);
        ProbeLog.OutageClosed(
            logger,
            outage.Id,
            TelemetryNames.Of(outage.Route),
            TelemetryNames.Of(outage.Kind),
            (outage.Duration ?? TimeSpan.Zero).TotalSeconds,
            TelemetryNames.Of(outage.Cause),
            outage.LeaderBefore,
            outage.LeaderAfter);
        return outage;
    }

    private Outage Describe(long id, RouteKind route, LoadKind load, Gap gap, Outage? known)
    {
        var explained = explainer.Explain(route, load, gap, known);
        List<OutagePhase> phases = [new(OutagePhaseKind.LastAcknowledged, gap.Start, TimeSpan.Zero, null), .. explained.Phases];
        if (gap.End is { } end)
        {
            phases.Add(new OutagePhase(OutagePhaseKind.FirstAcknowledged, end, TimeSpan.Zero, explained.LeaderAfter));
        }

        return new Outage(
            id,
            route,
            load,
            gap.Start,
            gap.End,
            explained.Cause,
            phases,
            gap.Failed,
            gap.Unknown,
            gap.FirstError,
            explained.LeaderBefore,
            explained.LeaderAfter,
            explained.TimelineBefore,
            explained.TimelineAfter,
            LostWrites: null,
            gap.Blind,
            TraceId: null)
        {
            Switches = explained.Switches,
        };
    }

    private void Close(Outage outage, Gap gap)
    {
        Keep(outage);
        _settling.Add(new Open(outage, gap));
    }

    private void Keep(Outage outage)
    {
        ledger.Record(outage);
        state.Set(outage);
    }

    private sealed class Open(Outage outage, Gap gap)
    {
        public Outage Outage { get; set; } = outage;

        public Gap Gap { get; set; } = gap;

        public DateTimeOffset KeptAt { get; set; }
    }
}

using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Outages;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.Telemetry;
using HaPgAspire.Probe.Verify;

namespace HaPgAspire.Probe.Engine;

/// <summary>Runs the loads on all routes, finds outages and compares the database with the ledger.</summary>
internal sealed class ProbeEngine : IDisposable
{
    // A quarter of the shortest outage that can be configured would be 5 ms; an outage may be called one that much late.
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan AliveInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnknownInterval = TimeSpan.FromSeconds(10);

    private const int LoggedRanges = 20;

    private readonly EngineParts _parts;
    private readonly ProbeOptions _options;
    private readonly OutageRecorder _recorder;
    private readonly Verifier _verifier;
    private readonly IReadOnlyList<IRoute> _routes;
    private readonly Dictionary<RouteKind, WriteLoad> _writes = [];
    private readonly Dictionary<RouteKind, ReadLoad> _reads = [];
    private readonly Lock _gate = new();
    private readonly List<Outage> _unchecked = [];
    private readonly Dictionary<RouteKind, long> _lostBefore = [];
    private readonly CancellationTokenSource _ended = new();
    private Task<Verification>? _verifying;
    private Task<Verification>? _asked;
    private DateTimeOffset _verifiedAt;

    /// <summary>Prepares the loads; nothing runs yet.</summary>
    public ProbeEngine(EngineParts parts, IReadOnlyList<IRoute> routes, IWriteStore store, IOutageExplainer explainer)
    {
        _parts = parts;
        _options = parts.Options;
        _routes = routes;
        _recorder = new OutageRecorder(parts.Ledger, parts.State, parts.Clock, explainer, parts.Metrics, parts.Traces, parts.Logger);
        _verifier = new Verifier(
            store, parts.Ledger, parts.Clock, [.. routes.Select(route => route.Kind)], _options.VerifyTimeout, _options.Retention);
        _verifiedAt = parts.Clock.Now;
        var shared = new LoadParts(parts.Ledger, parts.Clock, parts.Metrics, parts.Timeline, _recorder, parts.State.Add, parts.Random, parts.Logger);
        foreach (var route in routes)
        {
            _lostBefore[route.Kind] = parts.Ledger.Totals(route.Kind).Lost;
            var frontDoor = route.Kind == RouteKind.FrontDoor;
            if ((frontDoor ? _options.WriteRate : _options.DirectWriteRate) is > 0 and var writeRate)
            {
                _writes[route.Kind] = new WriteLoad(route, LoadSettings.From(_options, writeRate, route.ConnectTimeout), shared);
            }

            if (route.CanRead && (frontDoor ? _options.ReadRate : _options.DirectReadRate) is > 0 and var readRate)
            {
                _reads[route.Kind] = new ReadLoad(route, LoadSettings.From(_options, readRate, route.ConnectTimeout), shared);
            }
        }

        parts.State.Restore(parts.Ledger.Identity.CreatedAt, parts.Ledger.Outages);
        parts.State.Set(Routes());
    }

    /// <summary>An outage is open or may be about to be: the components are worth watching closely.</summary>
    public bool IsTroubled => _writes.Values.Any(IsTroubledLoad) || _reads.Values.Any(IsTroubledLoad);

    /// <summary>Runs until cancelled. Throws when the probe itself cannot go on, the ledger's disk being full for one.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running =
        [
            .. _writes.Values.Select(load => load.RunAsync(_options.CommandTimeout, stop.Token)),
            .. _reads.Values.Select(load => load.RunAsync(_options.CommandTimeout, stop.Token)),
            TickAsync(stop.Token),
            CheckAsync(stop.Token),
        ];

        // Whatever ends first, by itself or by a fault, ends the others.
        await Task.WhenAny(running);
        await stop.CancelAsync();
        await _ended.CancelAsync();
        try
        {
            await Task.WhenAll(running);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // That is how the loops end.
        }
    }

    /// <summary>Compares the database with the ledger. The comparison begins after the call: one that is already under way is waited for first.</summary>
    public Task<Verification> VerifyAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var answer = _verifying is null || _verifying.IsCompleted ? Verification() : _asked ??= AfterAsync(_verifying);
            return answer.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();

    /// <summary>The components have shown something new.</summary>
    public void ComponentsChanged() => Settle();

    private static bool IsTroubledLoad(RouteLoad load) => load.State is Availability.Suspect or Availability.Down;

    private Task<Verification> Verification()
    {
        lock (_gate)
        {
            if (_verifying is null || _verifying.IsCompleted)
            {
                _verifying = VerifyOnceAsync(_ended.Token);
            }

            return _verifying;
        }
    }

    private async Task<Verification> AfterAsync(Task underWay)
    {
        await underWay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Task<Verification> next;
        lock (_gate)
        {
            _asked = null;
            next = Verification();
        }

        return await next;
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        var alive = DateTimeOffset.MinValue;
        var status = DateTimeOffset.MinValue;
        Availability[] shown = [];
        while (true)
        {
            await _parts.Clock.DelayAsync(TickInterval, cancellationToken);
            foreach (var load in (IEnumerable<RouteLoad>)[.. _writes.Values, .. _reads.Values])
            {
                load.Tick();
            }

            var now = _parts.Clock.Now;
            if (now - alive >= AliveInterval)
            {
                alive = now;
                _parts.Ledger.Alive(now);
                Settle();
            }

            Availability[] states = [.. _writes.Values.Select(load => load.State), .. _reads.Values.Select(load => load.State)];
            if (now - status >= StatusInterval || !states.AsSpan().SequenceEqual(shown))
            {
                status = now;
                shown = states;
                _parts.State.Set(Routes());
            }
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _parts.Clock.DelayAsync(StatusInterval, cancellationToken);
            var since = _parts.Clock.Now - _verifiedAt;
            bool due;
            lock (_gate)
            {
                due = _unchecked.Count > 0
                    || since >= _options.VerifyInterval
                    || (since >= UnknownInterval && _routes.Any(route => _parts.Ledger.Totals(route.Kind).Unknown > 0));
            }

            if (due && !_recorder.IsSettling && !_writes.Values.Any(IsTroubledLoad))
            {
                await Verification();
            }
        }
    }

    private void Settle()
    {
        var settled = _recorder.Refresh();
        lock (_gate)
        {
            _unchecked.AddRange(settled.Where(outage => outage.Kind == LoadKind.Write));
        }
    }

    private async Task<Verification> VerifyOnceAsync(CancellationToken cancellationToken)
    {
        List<Outage> outages;
        lock (_gate)
        {
            outages = [.. _unchecked];
        }

        var verification = await _verifier.VerifyAsync(cancellationToken);
        _verifiedAt = _parts.Clock.Now;
        if (verification.Complete)
        {
            var lost = _routes.ToDictionary(route => route.Kind, route => NewlyLost(route.Kind));
            foreach (var outage in outages)
            {
                // What is lost is laid to the first outage that was to be checked.
                lost.Remove(outage.Route, out var count);
                _recorder.Checked(outage, count);
            }

            lock (_gate)
            {
                _unchecked.RemoveAll(outages.Contains);
            }
        }

        Report(verification);
        _parts.State.Set(verification);
        _parts.State.Set(Routes());
        return verification;
    }

    private void Report(Verification verification)
    {
        if (!verification.Complete)
        {
            ProbeLog.NotVerified(_parts.Logger, verification.Problem);
            return;
        }

        ProbeLog.Verified(
            _parts.Logger,
            verification.Routes.Sum(route => route.Compared),
            (verification.FinishedAt - verification.StartedAt).TotalSeconds,
            verification.Routes.Sum(route => route.Lost),
            verification.Routes.Sum(route => route.Duplicated),
            verification.Routes.Sum(route => route.Unexpected));
    }

    private long NewlyLost(RouteKind route)
    {
        var total = _parts.Ledger.Totals(route).Lost;
        var lost = total - _lostBefore[route];
        _lostBefore[route] = total;
        if (lost > 0)
        {
            var ids = _parts.Ledger.View(route).Lost.Ranges.TakeLast(LoggedRanges);
            ProbeLog.WritesLost(_parts.Logger, lost, TelemetryNames.Of(route), string.Join(", ", ids));
        }

        return lost;
    }

    private List<RouteStatus> Routes()
    {
        var outages = _parts.Ledger.Outages;
        return [.. _routes.Select(route => Status(route.Kind, outages))];
    }

    private RouteStatus Status(RouteKind route, IReadOnlyList<Outage> outages)
    {
        var writes = _writes.GetValueOrDefault(route);
        var reads = _reads.GetValueOrDefault(route);
        return new RouteStatus(
            route,
            writes?.Rate ?? 0,
            reads?.Rate ?? 0,
            writes?.State ?? Availability.Off,
            reads?.State ?? Availability.Off,
            _parts.Ledger.LastWrite(route),
            writes?.Server,
            _parts.Ledger.Totals(route),
            Totals(route, LoadKind.Write),
            Totals(route, LoadKind.Read));

        OutageTotals Totals(RouteKind route, LoadKind load)
        {
            List<TimeSpan> durations =
                [.. outages.Where(outage => outage.Route == route && outage.Kind == load).Select(outage => outage.Duration).OfType<TimeSpan>()];
            return durations.Count == 0
                ? OutageTotals.None
                : new OutageTotals(durations.Count, durations.Aggregate((sum, next) => sum + next), durations.Max());
        }
    }
}

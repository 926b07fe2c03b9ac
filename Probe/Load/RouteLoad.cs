using System.Diagnostics;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Load;

/// <summary>
/// Operations of one kind on one route, on a fixed schedule: operation n is due at start + n/rate whatever became of the ones
/// before, and its latency counts from then, so that a stall is seen by every operation it delays (no coordinated omission).
/// </summary>
internal abstract class RouteLoad
{
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(2);

    /// <summary>A pause of the process that is longer than this is not held against the route.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// After an absence longer than this, failures say nothing about the time before it: an outage that was not suspected then
    /// begins with this process.
    /// </summary>
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromMinutes(1);

    private readonly LoadSettings _settings;
    private readonly IOutageSink _sink;
    private readonly SecondSampler _sampler;
    private readonly Action<LatencySample> _sampled;
    private readonly Lock _gate = new();
    private readonly AttemptGate _attempts;
    private readonly OutageTracker _tracker;
    private readonly TaskCompletionSource _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _touched;
    private int _pending;
    private TaskCompletionSource? _idle;

    protected RouteLoad(RouteKind route, LoadKind kind, LoadSettings settings, LoadParts parts)
    {
        Route = route;
        Kind = kind;
        Ledger = parts.Ledger;
        Clock = parts.Clock;
        Metrics = parts.Metrics;
        _settings = settings;
        _sink = parts.Sink;
        _sampled = parts.Sampled;
        _sampler = new SecondSampler(route, kind);
        _attempts = new AttemptGate(Clock, settings.MaxConcurrency, settings.SeekInterval, settings.ConnectTimeout, parts.Random);
        _touched = Clock.Now;
        _tracker = Restore();
        _attempts.Set(_tracker.SuspectedAt is not null);
    }

    /// <summary>The route.</summary>
    public RouteKind Route { get; }

    /// <summary>Writes or reads.</summary>
    public LoadKind Kind { get; }

    /// <summary>Operations per second.</summary>
    public double Rate => _settings.Rate;

    /// <summary>What the attempts say at this moment.</summary>
    public Availability State
    {
        get
        {
            lock (_gate)
            {
                return _tracker switch
                {
                    { IsOpen: true } => Availability.Down,
                    { SuspectedAt: not null } => Availability.Suspect,
                    { LastAcknowledged: null } => Availability.Unknown,
                    _ => Availability.Up,
                };
            }
        }
    }

    protected Ledger Ledger { get; }

    protected ProbeClock Clock { get; }

    protected ProbeMetrics Metrics { get; }

    /// <summary>Runs the schedule until cancelled, then lets what is under way end for as long as <paramref name="grace"/>.</summary>
    public async Task RunAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        using var ending = new CancellationTokenSource();
        try
        {
            await ScheduleAsync(ending.Token, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            var idle = Idle();
            await Task.WhenAny(idle, Task.Delay(grace, Clock.Time, CancellationToken.None));
            await ending.CancelAsync();
            await idle;
        }

        if (_fault.Task.IsCompleted)
        {
            await _fault.Task;
        }
    }

    /// <summary>Lets time pass: opens outages and finishes seconds. To be called a few times within the outage threshold.</summary>
    public void Tick()
    {
        LatencySample? sample;
        lock (_gate)
        {
            var now = Touch();
            sample = _sampler.Turn(now);
            if (_tracker.Passed(now) is { } opened)
            {
                // Within the lock, so that the end of an outage never overtakes its beginning.
                _sink.Opened(Route, Kind, opened);
            }
        }

        Report(sample);
    }

    /// <summary>Does one operation to its end.</summary>
    protected abstract Task OperateAsync(DateTimeOffset due, CancellationToken cancellationToken);

    /// <summary>Notes an operation that was given up before it was tried, because too many waited.</summary>
    protected abstract void NotTried();

    /// <summary>Notes the first failure after an acknowledgement.</summary>
    protected void Suspect(DateTimeOffset at) => Ledger.Suspect(Route, Kind, at);

    /// <summary>When an operation that was due then is given up.</summary>
    protected DateTimeOffset DeadlineOf(DateTimeOffset due) => due + _settings.RetryFor;

    /// <summary>Waits until an attempt may begin; false when the deadline came first.</summary>
    protected ValueTask<bool> EnterAsync(DateTimeOffset deadline, CancellationToken cancellationToken) =>
        _attempts.EnterAsync(deadline, cancellationToken);

    /// <summary>Ends an attempt.</summary>
    protected void Exit() => _attempts.Exit();

    /// <summary>The wait before an operation is tried again.</summary>
    protected Task PauseAsync(CancellationToken cancellationToken) => Clock.DelayAsync(_attempts.Jitter(), cancellationToken);

    /// <summary>Takes an acknowledged attempt; <paramref name="note"/> writes it into the ledger with its time.</summary>
    protected void Acknowledged(DateTimeOffset due, Action<DateTimeOffset> note)
    {
        LatencySample? sample;
        DateTimeOffset now;
        lock (_gate)
        {
            // In one step, so that the ledger's times and the tracker's have the same order.
            now = Touch();
            note(now);
            if (_tracker.Acknowledged(now) is { } closed)
            {
                _sink.Closed(Route, Kind, closed);
            }

            sample = _sampler.Acknowledged(now, now - due);
            _attempts.Set(failing: false);
        }

        Metrics.Operated(Route, Kind, now - due, "acknowledged");
        Report(sample);
    }

    /// <summary>Takes a failed attempt.</summary>
    protected void FailedAttempt(DateTimeOffset begun, string? error, bool unknown, ActivityContext span)
    {
        var now = default(DateTimeOffset);
        lock (_gate)
        {
            now = Touch();
            var verdict = _tracker.FailedAttempt(begun, now, error, unknown);
            if (verdict.IsFirst)
            {
                Suspect(now);
                _attempts.Set(failing: true);
            }

            if (verdict.Found is { } found)
            {
                _sink.Found(Route, Kind, found);
            }
        }

        Metrics.AttemptFailed(Route, Kind, error);
        _sink.Failed(Route, Kind, now, unknown, span);
    }

    /// <summary>Takes an operation that ends without acknowledgement.</summary>
    protected void NotAcknowledged(DateTimeOffset due, bool unknown)
    {
        LatencySample? sample;
        DateTimeOffset now;
        lock (_gate)
        {
            now = Touch();
            sample = _sampler.NotAcknowledged(now, unknown);
        }

        Metrics.Operated(Route, Kind, now - due, unknown ? "unknown" : "failed");
        Report(sample);
    }

    private async Task ScheduleAsync(CancellationToken ending, CancellationToken cancellationToken)
    {
        var start = Clock.Now;
        for (var n = 0L; ; n++)
        {
            var due = start + (_settings.Period * n);
            await Clock.DelayAsync(due - Clock.Now, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (_fault.Task.IsCompleted)
            {
                return;
            }

            if (Volatile.Read(ref _pending) >= _settings.MaxPending)
            {
                NotTried();
                NotAcknowledged(due, unknown: false);
            }
            else
            {
                Interlocked.Increment(ref _pending);

                // A timer's grain is not the route's latency.
                var now = Clock.Now;
                _ = RunOneAsync(now - due < TimerGrain ? now : due, ending);
            }
        }
    }

    private async Task RunOneAsync(DateTimeOffset due, CancellationToken ending)
    {
        try
        {
            await OperateAsync(due, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The probe ends; the ledger settles the write as unknown when it is opened again.
        }
        catch (Exception e)
        {
            // Whatever gets here is no failure of the route, of which attempts do not throw, but of the probe.
            _fault.TrySetException(e);
        }
        finally
        {
            if (Interlocked.Decrement(ref _pending) == 0)
            {
                lock (_gate)
                {
                    _idle?.TrySetResult();
                }
            }
        }
    }

    private Task Idle()
    {
        lock (_gate)
        {
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Volatile.Read(ref _pending) == 0)
            {
                _idle.SetResult();
            }

            return _idle.Task;
        }
    }

    private OutageTracker Restore()
    {
        var view = Ledger.View(Route);
        var last = Kind == LoadKind.Write ? view.LastWrite : view.LastRead;
        var suspected = Kind == LoadKind.Write ? view.WriteSuspectedAt : view.ReadSuspectedAt;
        var open = Ledger.Outages.LastOrDefault(outage => outage.Route == Route && outage.Kind == Kind && outage.End is null);
        var blind = Ledger.AliveBefore is { } alive && last is not null && Clock.Now > alive ? Clock.Now - alive : TimeSpan.Zero;
        if (blind > LongestAbsence && suspected is null && open is null)
        {
            (last, blind) = (Clock.Now, TimeSpan.Zero);
        }

        return new OutageTracker(
            _settings.OutageThreshold,
            _settings.StallThreshold,
            open?.Start ?? last,
            suspected,
            open is null ? blind : open.BlindFor + blind,
            open is not null);
    }

    private DateTimeOffset Touch()
    {
        var now = Clock.Now;
        if (now - _touched > LongestPause)
        {
            _tracker.NotWatched(now - _touched);
        }

        _touched = now;
        return now;
    }

    private void Report(LatencySample? sample)
    {
        if (sample is not null)
        {
            _sampled(sample);
        }
    }
}

using System.Diagnostics;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.State;
using OpenTelemetry;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>
/// Spans for attempts. A small share of the attempts has a span with Npgsql's own below it; the others have none, so that the load
/// does not drown everything else. Failed attempts get one afterwards, up to a number per second: an outage links to them.
/// </summary>
public sealed class AttemptSpans(double ratio, ProbeClock clock) : IDisposable
{
    private const int FailedPerSecond = 10;

    private readonly ActivitySource _source = new(TelemetryNames.Source);
    private readonly Lock _gate = new();
    private long _second;
    private int _failed;

    /// <summary>Begins an attempt.</summary>
    internal AttemptSpan Start(RouteKind route, LoadKind load)
    {
        // Sampling is no secret.
#pragma warning disable CA5394
        var sampled = Random.Shared.NextDouble() < ratio;
#pragma warning restore CA5394
        return new AttemptSpan(this, route, load, clock.Now, sampled);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private Activity? Create(RouteKind route, LoadKind load, DateTimeOffset begun) =>
        _source.StartActivity(
            ActivityKind.Client,
            parentContext: default,
            tags: [new(TelemetryNames.Route, TelemetryNames.Of(route)), new(TelemetryNames.Operation, TelemetryNames.Of(load))],
            startTime: begun,
            name: $"attempt {TelemetryNames.Of(load)}");

    private bool MayTraceFailure()
    {
        var second = clock.Now.ToUnixTimeSeconds();
        lock (_gate)
        {
            if (second != _second)
            {
                (_second, _failed) = (second, 0);
            }

            return _failed++ < FailedPerSecond;
        }
    }

    /// <summary>One attempt's span, if it has one.</summary>
    internal sealed class AttemptSpan : IDisposable
    {
        private readonly AttemptSpans _owner;
        private readonly RouteKind _route;
        private readonly LoadKind _load;
        private readonly DateTimeOffset _begun;
        private readonly IDisposable? _quiet;
        private Activity? _activity;

        internal AttemptSpan(AttemptSpans owner, RouteKind route, LoadKind load, DateTimeOffset begun, bool sampled)
        {
            _owner = owner;
            _route = route;
            _load = load;
            _begun = begun;
            _activity = sampled ? owner.Create(route, load, begun) : null;
            _quiet = _activity is null ? SuppressInstrumentationScope.Begin() : null;
        }

        /// <summary>Ends the attempt; returns the span to link to, default when it has none.</summary>
        public ActivityContext End(AttemptOutcome outcome, string? error, string? server)
        {
            _quiet?.Dispose();
            if (outcome != AttemptOutcome.Acknowledged && _activity is null && _owner.MayTraceFailure())
            {
                _activity = _owner.Create(_route, _load, _begun);
            }

            if (_activity is not { } activity)
            {
                return default;
            }

            activity.SetTag(TelemetryNames.Outcome, TelemetryNames.Of(outcome));
            if (server is not null)
            {
                activity.SetTag("hapg.server", server);
            }

            if (outcome != AttemptOutcome.Acknowledged)
            {
                activity.SetTag(TelemetryNames.ErrorType, error);
                activity.SetStatus(ActivityStatusCode.Error);
            }

            activity.SetEndTime(_owner.Now);
            activity.Stop();
            return activity.Context;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _quiet?.Dispose();
            _activity?.Dispose();
        }
    }

    private DateTime Now => clock.Now.UtcDateTime;
}

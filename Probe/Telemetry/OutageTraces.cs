using System.Diagnostics;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>Writes an outage that is over as a trace of its own: one span for it, one below for each phase, links to failed attempts.</summary>
public sealed class OutageTraces : IDisposable
{
    private readonly ActivitySource _source = new(TelemetryNames.Source);

    /// <summary>Exports the trace; returns its id, null when nobody listens.</summary>
    public string? Export(Outage outage, IEnumerable<ActivityContext> failedAttempts)
    {
        if (outage.End is not { } end)
        {
            return null;
        }

        // Not below whatever the caller is in: an outage is a trace of its own.
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            using var span = _source.StartActivity(
                ActivityKind.Internal,
                parentContext: default,
                tags: Tags(outage),
                links: failedAttempts.Select(attempt => new ActivityLink(attempt)),
                startTime: outage.Start,
                name: $"{TelemetryNames.Of(outage.Kind)} outage");
            if (span is null)
            {
                return null;
            }

            span.SetStatus(ActivityStatusCode.Error, outage.FirstError);
            foreach (var change in outage.Switches ?? [])
            {
                span.AddEvent(new ActivityEvent(
                    "timeline switch",
                    change.At ?? outage.Start,
                    new ActivityTagsCollection
                    {
                        ["hapg.timeline"] = change.Timeline,
                        ["hapg.timeline.lsn"] = change.Lsn,
                        ["hapg.timeline.reason"] = change.Reason,
                        [TelemetryNames.Member] = change.Leader,
                    }));
            }

            ExportPhases(outage, end, span.Context);
            span.SetEndTime(end.UtcDateTime);
            span.Stop();
            return span.TraceId.ToHexString();
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    // A phase lasts from the event before to its own.
    private void ExportPhases(Outage outage, DateTimeOffset end, ActivityContext parent)
    {
        var from = outage.Start;
        foreach (var phase in outage.Phases.Where(phase => phase.Kind != OutagePhaseKind.LastAcknowledged))
        {
            var to = phase.At < from ? from : phase.At > end ? end : phase.At;
            using var span = _source.StartActivity(
                ActivityKind.Internal,
                parent,
                tags:
                [
                    new("hapg.outage.phase", TelemetryNames.Of(phase.Kind)),
                    new("hapg.outage.phase.resolution", phase.Resolution.TotalSeconds),
                    new(TelemetryNames.Member, phase.Node),
                ],
                startTime: from,
                name: $"until {TelemetryNames.Of(phase.Kind)}");
            span?.SetEndTime(to.UtcDateTime);
            span?.Stop();
            from = to;
        }
    }

    private static List<KeyValuePair<string, object?>> Tags(Outage outage) =>
    [
        new(TelemetryNames.Route, TelemetryNames.Of(outage.Route)),
        new(TelemetryNames.Operation, TelemetryNames.Of(outage.Kind)),
        new("hapg.outage.id", outage.Id),
        new("hapg.outage.cause", TelemetryNames.Of(outage.Cause)),
        new("hapg.outage.failed_attempts", outage.FailedAttempts),
        new("hapg.outage.unknown_attempts", outage.UnknownAttempts),
        new("hapg.leader.before", outage.LeaderBefore),
        new("hapg.leader.after", outage.LeaderAfter),
        new("hapg.timeline.before", outage.TimelineBefore),
        new("hapg.timeline.after", outage.TimelineAfter),
        new(TelemetryNames.ErrorType, outage.FirstError),
    ];
}

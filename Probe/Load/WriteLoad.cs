using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Load;

/// <summary>
/// Writes. A write that certainly failed is tried again under its id; one whose outcome is unknown never is, but left to be settled
/// by its id.
/// </summary>
internal sealed class WriteLoad(IRoute route, LoadSettings settings, LoadParts parts)
    : RouteLoad(route.Kind, LoadKind.Write, settings, parts)
{
    private readonly TimelineMark _timeline = parts.Timeline;
    private readonly ILogger _logger = parts.Logger;
    private string? _server;

    /// <summary>The server that acknowledged the last write.</summary>
    public string? Server => Volatile.Read(ref _server);

    /// <inheritdoc/>
    protected override async Task OperateAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        var id = await Ledger.IssueAsync(Route, cancellationToken);
        while (await EnterAsync(DeadlineOf(due), cancellationToken))
        {
            var begun = Clock.Now;
            var newest = _timeline.Newest;
            WriteAttempt attempt;
            try
            {
                attempt = await route.WriteAsync(id, cancellationToken);
            }
            finally
            {
                Exit();
            }

            switch (attempt.Outcome)
            {
                case AttemptOutcome.Acknowledged:
                    Acknowledged(due, now => Ledger.Acknowledge(Route, id, now));
                    Note(attempt, newest);
                    return;
                case AttemptOutcome.Unknown:
                    Ledger.Unknown(Route, id);
                    FailedAttempt(begun, attempt.Error, unknown: true, attempt.Span);
                    NotAcknowledged(due, unknown: true);
                    return;
                default:
                    Ledger.CountLater(Route, LedgerCounter.FailedAttempts);
                    if (attempt.Demoted)
                    {
                        Ledger.Count(Route, LedgerCounter.DemotedConnections);
                    }

                    FailedAttempt(begun, attempt.Error, unknown: false, attempt.Span);
                    break;
            }

            await PauseAsync(cancellationToken);
        }

        Ledger.Fail(Route, id);
        NotAcknowledged(due, unknown: false);
    }

    /// <inheritdoc/>
    protected override void NotTried() => Ledger.CountLater(Route, LedgerCounter.NotTried);

    private void Note(WriteAttempt attempt, int newest)
    {
        if (attempt.Server is not null)
        {
            Volatile.Write(ref _server, attempt.Server);
        }

        if (attempt.Timeline is { } timeline)
        {
            if (timeline < newest)
            {
                Ledger.Count(Route, LedgerCounter.StaleLeader);
                ProbeLog.StaleLeader(_logger, attempt.Server, timeline, newest);
            }

            _timeline.Raise(timeline);
        }
    }
}

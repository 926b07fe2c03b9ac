using System.Collections.Concurrent;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;

namespace HaPgAspire.Probe.Load;

/// <summary>Reads of the highest id. A session that sees a lower one than before has gone back in time.</summary>
internal sealed class ReadLoad(IRoute route, LoadSettings settings, LoadParts parts)
    : RouteLoad(route.Kind, LoadKind.Read, settings, parts)
{
    private readonly ConcurrentDictionary<int, long> _highest = new();

    /// <inheritdoc/>
    protected override async Task OperateAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        while (await EnterAsync(DeadlineOf(due), cancellationToken))
        {
            var begun = Clock.Now;
            ReadAttempt attempt;
            try
            {
                attempt = await route.ReadAsync(cancellationToken);
            }
            finally
            {
                Exit();
            }

            if (attempt.Outcome == AttemptOutcome.Acknowledged)
            {
                Acknowledged(due, now => Ledger.ReadAnswered(Route, now));
                Ledger.CountLater(Route, LedgerCounter.Reads);
                Compare(attempt);
                return;
            }

            FailedAttempt(begun, attempt.Error, unknown: false, attempt.Span);
            await PauseAsync(cancellationToken);
        }

        Ledger.CountLater(Route, LedgerCounter.ReadsFailed);
        NotAcknowledged(due, unknown: false);
    }

    /// <inheritdoc/>
    protected override void NotTried() => Ledger.CountLater(Route, LedgerCounter.ReadsFailed);

    private void Compare(ReadAttempt attempt)
    {
        var before = _highest.GetValueOrDefault(attempt.Session);
        if (attempt.Highest < before)
        {
            Ledger.Count(Route, attempt.Reconnected ? LedgerCounter.BackwardsReconnects : LedgerCounter.BackwardsReads);
            Metrics.WentBackwards(Route, attempt.Reconnected);
        }

        _highest[attempt.Session] = attempt.Highest;
    }
}

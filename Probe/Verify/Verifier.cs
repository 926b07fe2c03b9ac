using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.State;

namespace HaPgAspire.Probe.Verify;

/// <summary>
/// Compares the ledger with the database. Ids are compared as ranges, so that the work grows with the number of holes, not of rows.
/// <para>
/// Unknown writes that are there are settled at once. One that is not there is settled only when it cannot come any more: when every
/// transaction that ran on the leader at the first look has ended and a second look still does not find it.
/// </para>
/// </summary>
internal sealed class Verifier(
    IWriteStore store, Ledger ledger, ProbeClock clock, IReadOnlyList<RouteKind> routes, TimeSpan timeout, TimeSpan retention)
{
    private const int ShownRanges = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Queue<(DateTimeOffset At, RouteKind Route, long Next)> _ages = new();

    /// <summary>Runs one comparison. Not to be called while one runs.</summary>
    public async Task<Verification> VerifyAsync(CancellationToken cancellationToken)
    {
        var started = clock.Now;
        var deadline = started + timeout;
        try
        {
            return await VerifyAsync(started, deadline, cancellationToken);
        }
        catch (StoreException e)
        {
            return new Verification(started, clock.Now, false, e.Message, [], []);
        }
    }

    private async Task<Verification> VerifyAsync(DateTimeOffset started, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        await using var leader = await OpenLeaderAsync(deadline, cancellationToken);
        var before = await leader.PositionAsync(cancellationToken);
        var compared = new List<Comparison>();
        foreach (var route in routes)
        {
            // The ledger first: whatever it has as acknowledged by now must be there.
            var view = ledger.View(route);
            compared.Add(new Comparison(route, view, await HeldAsync(leader, view, cancellationToken)));
        }

        var position = await leader.PositionAsync(cancellationToken);
        if (!position.Primary || position.Timeline != before.Timeline)
        {
            throw new StoreException($"The leader changed while {leader.Name} was compared.");
        }

        var replicas = Task.WhenAll(store.Members
            .Where(member => member != leader.Name)
            .Select(member => CompareReplicaAsync(member, position, compared, deadline, cancellationToken)));
        List<RouteVerification> results = [.. compared.Select(Note)];
        await SettleAbsentAsync(leader, position, compared, deadline, cancellationToken);
        List<MemberVerification> members =
        [
            new MemberVerification(leader.Name, true, true, compared.Sum(comparison => comparison.Missing.Count), null),
            .. await replicas,
        ];
        await PruneAsync(leader, compared, cancellationToken);
        return new Verification(started, clock.Now, true, null, results, InOrder(members));
    }

    private async Task<IMemberData> OpenLeaderAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await store.OpenLeaderAsync(cancellationToken);
            }
            catch (StoreException) when (clock.Now < deadline)
            {
                await clock.DelayAsync(Pause, cancellationToken);
            }
        }
    }

    private static Task<HeldIds> HeldAsync(IMemberData member, LedgerView view, CancellationToken cancellationToken) =>
        member.HeldAsync(view.Route, view.PrunedBelow, view.Next - 1, cancellationToken);

    private RouteVerification Note(Comparison comparison)
    {
        var (route, view, held) = comparison;
        var lost = comparison.Missing.Except(view.Lost);
        var duplicated = held.Duplicates.Except(view.Duplicated);
        var denied = new IdSet([.. view.Failed.Ranges, .. view.Absent.Ranges]);
        var unexpected = held.Ids.Intersect(denied).Except(view.Unexpected);

        // Rows that the ledger does not know were written just before the probe's machine went down.
        var known = new IdSet(
        [
            .. view.Acknowledged.Ranges, .. denied.Ranges, .. view.Unknown.Ranges, .. view.Found.Ranges, .. view.Open.Ranges,
        ]);
        var found = new IdSet([.. held.Ids.Intersect(view.Unknown).Ranges, .. held.Ids.Except(known).Ranges]);
        ledger.Lost(route, lost.Ranges);
        ledger.Duplicated(route, duplicated.Ranges);
        ledger.Unexpected(route, unexpected.Ranges);
        ledger.Found(route, found.Ranges);
        return new RouteVerification(
            route,
            view.Acknowledged.Count,
            comparison.Missing.Count,
            [.. comparison.Missing.Ranges.Take(ShownRanges).Select(range => range.ToString())],
            held.Duplicates.Count,
            held.Ids.Intersect(denied).Count,
            found.Count);
    }

    private async Task SettleAbsentAsync(
        IMemberData leader,
        MemberPosition first,
        IReadOnlyList<Comparison> compared,
        DateTimeOffset deadline,
        CancellationToken cancellationToken)
    {
        List<Comparison> open = [.. compared.Where(comparison => comparison.View.Unknown.Except(comparison.Held.Ids).Count > 0)];
        if (open.Count == 0)
        {
            return;
        }

        // Everything that ran at the first look has to end before the second.
        while (true)
        {
            var position = await leader.PositionAsync(cancellationToken);
            if (!position.Primary || position.Timeline != first.Timeline || clock.Now >= deadline)
            {
                // The next comparison tries again; until then they stay unknown.
                return;
            }

            if (position.OldestRunning >= first.Newest)
            {
                break;
            }

            await clock.DelayAsync(Pause, cancellationToken);
        }

        foreach (var (route, view, held) in open)
        {
            var missing = view.Unknown.Except(held.Ids);
            var second = await leader.HeldAsync(route, missing.Ranges[0].First, missing.Ranges[^1].Last, cancellationToken);
            ledger.Found(route, missing.Intersect(second.Ids).Ranges);
            ledger.Absent(route, missing.Except(second.Ids).Ranges);
        }
    }

    // A member that is starting, behind or short of a processor answers later; one that is not there at all would only be waited for.
    private async Task<MemberVerification> CompareReplicaAsync(
        string name,
        MemberPosition leader,
        IReadOnlyList<Comparison> compared,
        DateTimeOffset deadline,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var last = clock.Now >= deadline;
            string problem;
            try
            {
                await using var replica = await store.OpenAsync(name, cancellationToken);
                var position = await replica.PositionAsync(cancellationToken);
                if (!position.Primary && position.Timeline == leader.Timeline && position.Wal >= leader.Wal)
                {
                    return new MemberVerification(name, false, true, await MissingAsync(replica, compared, cancellationToken), null);
                }

                problem = position.Primary ? $"{name} is not a replica at the moment." : $"{name} did not catch up in time.";
            }
            catch (StoreException e)
            {
                problem = e.Message;
                last |= e.IsAbsent;
            }

            if (last)
            {
                return new MemberVerification(name, false, false, null, problem);
            }

            await clock.DelayAsync(Pause, cancellationToken);
        }
    }

    private static async Task<long> MissingAsync(IMemberData member, IReadOnlyList<Comparison> compared, CancellationToken cancellationToken)
    {
        var missing = 0L;
        foreach (var (_, view, _) in compared)
        {
            var held = await HeldAsync(member, view, cancellationToken);
            missing += view.Acknowledged.Except(held.Ids).Count;
        }

        return missing;
    }

    private async Task PruneAsync(IMemberData leader, IReadOnlyList<Comparison> compared, CancellationToken cancellationToken)
    {
        foreach (var (route, view, _) in compared)
        {
            _ages.Enqueue((clock.Now, route, view.Next));
        }

        while (_ages.TryPeek(out var oldest) && oldest.At < clock.Now - retention)
        {
            _ages.Dequeue();

            // Nothing that is not settled may go; what was issued then and is open still would be the first.
            var view = ledger.View(oldest.Route);
            var below = ((IEnumerable<IdSet>)[view.Unknown, view.Open])
                .Where(set => set.Count > 0)
                .Select(set => set.Ranges[0].First)
                .Append(oldest.Next)
                .Min();
            if (below > view.PrunedBelow)
            {
                ledger.Prune(oldest.Route, below);
                await leader.DeleteBelowAsync(oldest.Route, below, cancellationToken);
            }
        }
    }

    private List<MemberVerification> InOrder(List<MemberVerification> members) =>
        [.. members.OrderBy(member => store.Members.ToList().IndexOf(member.Node))];

    private sealed record Comparison(RouteKind Route, LedgerView View, HeldIds Held)
    {
        /// <summary>Acknowledged writes that are not there.</summary>
        public IdSet Missing { get; } = View.Acknowledged.Except(Held.Ids);
    }
}

using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Ledgers;

/// <summary>A copy of one route's book at a moment.</summary>
/// <param name="Route">The route.</param>
/// <param name="Next">The id the next write gets: everything below was issued before this view was taken, or never will be.</param>
/// <param name="PrunedBelow">Ids below are settled and their rows deleted.</param>
/// <param name="LastWrite">The last acknowledged write.</param>
/// <param name="LastRead">The last answered read.</param>
/// <param name="WriteSuspectedAt">The first failed write attempt since the last acknowledged write; null when there is none.</param>
/// <param name="ReadSuspectedAt">The first failed read attempt since the last answered read; null when there is none.</param>
/// <param name="Acknowledged">Acknowledged writes.</param>
/// <param name="Failed">Writes given up.</param>
/// <param name="Unknown">Writes to be settled.</param>
/// <param name="Found">Unknown writes found later.</param>
/// <param name="Absent">Unknown writes not found later.</param>
/// <param name="Lost">Acknowledged writes found lost.</param>
/// <param name="Duplicated">Writes found more than once.</param>
/// <param name="Unexpected">Writes found that should not be there.</param>
/// <param name="Open">Writes under way.</param>
public sealed record LedgerView(
    RouteKind Route,
    long Next,
    long PrunedBelow,
    DateTimeOffset? LastWrite,
    DateTimeOffset? LastRead,
    DateTimeOffset? WriteSuspectedAt,
    DateTimeOffset? ReadSuspectedAt,
    IdSet Acknowledged,
    IdSet Failed,
    IdSet Unknown,
    IdSet Found,
    IdSet Absent,
    IdSet Lost,
    IdSet Duplicated,
    IdSet Unexpected,
    IdSet Open)
{
    internal static LedgerView Of(RouteKind route, RouteBook book, long next) => new(
        route,
        next,
        book.PrunedBelow,
        book.LastWrite,
        book.LastRead,
        book.WriteSuspectedAt,
        book.ReadSuspectedAt,
        book.Acknowledged.Copy(),
        book.Failed.Copy(),
        book.Unknown.Copy(),
        book.Found.Copy(),
        book.Absent.Copy(),
        book.Lost.Copy(),
        book.Duplicated.Copy(),
        book.Unexpected.Copy(),
        book.Open());
}

using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Verify;

/// <summary>The database as what it is compared with: what each member holds.</summary>
public interface IWriteStore : IAsyncDisposable
{
    /// <summary>Connects to the leader. Throws when there is none at the moment.</summary>
    /// <exception cref="StoreException">No leader, or it cannot be reached.</exception>
    Task<IMemberData> OpenLeaderAsync(CancellationToken cancellationToken);

    /// <summary>The members, in the order given; empty when the nodes' addresses are not known.</summary>
    IReadOnlyList<string> Members { get; }

    /// <summary>Connects to one member.</summary>
    /// <exception cref="StoreException">It cannot be reached.</exception>
    Task<IMemberData> OpenAsync(string member, CancellationToken cancellationToken);
}

/// <summary>One member's data. Methods throw <see cref="StoreException"/> when the member fails.</summary>
public interface IMemberData : IAsyncDisposable
{
    /// <summary>The member's name.</summary>
    string Name { get; }

    /// <summary>Where it is: for a primary the end of its WAL, for a replica what it has replayed.</summary>
    Task<MemberPosition> PositionAsync(CancellationToken cancellationToken);

    /// <summary>The ids it holds between two.</summary>
    Task<HeldIds> HeldAsync(RouteKind route, long first, long last, CancellationToken cancellationToken);

    /// <summary>Deletes the rows below an id.</summary>
    Task DeleteBelowAsync(RouteKind route, long below, CancellationToken cancellationToken);
}

/// <summary>Where a member is.</summary>
/// <param name="Primary">It takes writes.</param>
/// <param name="Timeline">Its timeline.</param>
/// <param name="Wal">WAL position, bytes.</param>
/// <param name="OldestRunning">The oldest transaction that is still running on a primary; all older ones have ended.</param>
/// <param name="Newest">A transaction id that a primary gave out just now: all that run and have written are older.</param>
public sealed record MemberPosition(bool Primary, int Timeline, long Wal, long OldestRunning, long Newest);

/// <summary>Ids that a member holds.</summary>
/// <param name="Ids">Each once.</param>
/// <param name="Duplicates">Those that it holds more than once.</param>
public sealed record HeldIds(IdSet Ids, IdSet Duplicates);

/// <summary>A member could not be asked. The message is a sentence without secrets.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Nobody is at the member's address, as opposed to one that is slow or refuses. Default false.</summary>
    public bool IsAbsent { get; init; }
}

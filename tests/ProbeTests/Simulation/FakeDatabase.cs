using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Verify;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>The rows that a cluster holds: one set, as every member replicates it at once.</summary>
internal sealed class FakeDatabase : IWriteStore
{
    private readonly Dictionary<(RouteKind Route, long Id), int> _rows = [];
    private readonly HashSet<long> _running = [];
    private long _transactions = 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Members { get; } = ["one", "two"];

    /// <summary>Ids on the leader that the second member does not have.</summary>
    public HashSet<long> MissingOnReplica { get; } = [];

    /// <summary>What whoever asks the second member gets, if anything.</summary>
    public StoreException? ReplicaFailure { get; set; }

    /// <summary>The leader cannot be asked before this has ended.</summary>
    public Task Busy { get; set; } = Task.CompletedTask;

    /// <summary>The highest id that came through the front door.</summary>
    public long Highest => _rows.Keys.Where(row => row.Route == RouteKind.FrontDoor).Select(row => row.Id).DefaultIfEmpty().Max();

    /// <summary>Begins a transaction.</summary>
    public long Begin()
    {
        _running.Add(_transactions);
        return _transactions++;
    }

    /// <summary>Ends a transaction that wrote a row.</summary>
    public void Commit(long transaction, RouteKind route, long id)
    {
        _running.Remove(transaction);
        _rows[(route, id)] = _rows.GetValueOrDefault((route, id)) + 1;
    }

    /// <summary>Ends a transaction without its row.</summary>
    public void RollBack(long transaction) => _running.Remove(transaction);

    /// <summary>Takes a row away.</summary>
    public void Lose(RouteKind route, long id) => _rows.Remove((route, id));

    /// <summary>Writes a row once more.</summary>
    public void Duplicate(RouteKind route, long id) => _rows[(route, id)]++;

    /// <summary>Whether a row is there.</summary>
    public bool Holds(RouteKind route, long id) => _rows.ContainsKey((route, id));

    /// <inheritdoc/>
    public async Task<IMemberData> OpenLeaderAsync(CancellationToken cancellationToken)
    {
        await Busy;
        return await OpenAsync("one", cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IMemberData> OpenAsync(string member, CancellationToken cancellationToken) => member == "two" && ReplicaFailure is { } failure
        ? Task.FromException<IMemberData>(failure)
        : Task.FromResult<IMemberData>(new Member(this, member));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Member(FakeDatabase database, string name) : IMemberData
    {
        public string Name => name;

        public Task<MemberPosition> PositionAsync(CancellationToken cancellationToken) => Task.FromResult(new MemberPosition(
            name == "one", 1, 0, database._running.Count == 0 ? database._transactions : database._running.Min(), database._transactions++));

        public Task<HeldIds> HeldAsync(RouteKind route, long first, long last, CancellationToken cancellationToken)
        {
            var held = database._rows
                .Where(row => row.Key.Route == route && row.Key.Id >= first && row.Key.Id <= last)
                .Where(row => name == "one" || !database.MissingOnReplica.Contains(row.Key.Id))
                .ToList();
            return Task.FromResult(new HeldIds(
                new IdSet(held.Select(row => new IdRange(row.Key.Id, row.Key.Id))),
                new IdSet(held.Where(row => row.Value > 1).Select(row => new IdRange(row.Key.Id, row.Key.Id)))));
        }

        public Task DeleteBelowAsync(RouteKind route, long below, CancellationToken cancellationToken)
        {
            foreach (var row in database._rows.Keys.Where(row => row.Route == route && row.Id < below).ToList())
            {
                database._rows.Remove(row);
            }

            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

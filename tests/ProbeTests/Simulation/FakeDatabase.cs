using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Verify;

namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>The rows that a cluster holds: one set, as every member replicates it at once.</summary>
internal sealed class FakeDatabase : IWriteStore
{
    private readonly Dictionary<long, int> _rows = [];
    private readonly HashSet<long> _running = [];
    private long _transactions = 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Members { get; } = ["one", "two"];

    /// <summary>Ids on the leader that the second member does not have.</summary>
    public HashSet<long> MissingOnReplica { get; } = [];

    /// <summary>The highest id.</summary>
    public long Highest => _rows.Count == 0 ? 0 : _rows.Keys.Max();

    /// <summary>Begins a transaction.</summary>
    public long Begin()
    {
        _running.Add(_transactions);
        return _transactions++;
    }

    /// <summary>Ends a transaction that wrote a row.</summary>
    public void Commit(long transaction, long id)
    {
        _running.Remove(transaction);
        _rows[id] = _rows.GetValueOrDefault(id) + 1;
    }

    /// <summary>Ends a transaction without its row.</summary>
    public void RollBack(long transaction) => _running.Remove(transaction);

    /// <summary>Takes a row away.</summary>
    public void Lose(long id) => _rows.Remove(id);

    /// <summary>Writes a row once more.</summary>
    public void Duplicate(long id) => _rows[id]++;

    /// <summary>Whether a row is there.</summary>
    public bool Holds(long id) => _rows.ContainsKey(id);

    /// <inheritdoc/>
    public Task<IMemberData> OpenLeaderAsync(CancellationToken cancellationToken) => OpenAsync("one", cancellationToken);

    /// <inheritdoc/>
    public Task<IMemberData> OpenAsync(string member, CancellationToken cancellationToken) =>
        Task.FromResult<IMemberData>(new Member(this, member));

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
                .Where(row => row.Key >= first && row.Key <= last && (name == "one" || !database.MissingOnReplica.Contains(row.Key)))
                .ToList();
            return Task.FromResult(new HeldIds(
                new IdSet(held.Select(row => new IdRange(row.Key, row.Key))),
                new IdSet(held.Where(row => row.Value > 1).Select(row => new IdRange(row.Key, row.Key)))));
        }

        public Task DeleteBelowAsync(RouteKind route, long below, CancellationToken cancellationToken)
        {
            foreach (var id in database._rows.Keys.Where(id => id < below).ToList())
            {
                database._rows.Remove(id);
            }

            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

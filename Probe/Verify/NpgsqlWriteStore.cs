using System.Globalization;
using System.Net.Sockets;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using Npgsql;

namespace HaPgAspire.Probe.Verify;

/// <summary>The members by Npgsql: each by its own address where those are known, else the leader through the front door.</summary>
internal sealed class NpgsqlWriteStore(
    NpgsqlDataSource frontDoor, IReadOnlyList<(string Name, NpgsqlDataSource Source)> members, Guid ledger, Func<string, int?> timelineOf)
    : IWriteStore
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Members { get; } = [.. members.Select(member => member.Name)];

    /// <inheritdoc/>
    public async Task<IMemberData> OpenLeaderAsync(CancellationToken cancellationToken)
    {
        if (members.Count == 0)
        {
            return await OpenAsync("leader", frontDoor, cancellationToken);
        }

        // The newest timeline wins: a leader that has been replaced may still take writes.
        var opened = await Task.WhenAll(members.Select(member => TryOpenPrimaryAsync(member.Name, member.Source, cancellationToken)));
        var primaries = opened.OfType<(IMemberData Data, MemberPosition Position)>().OrderBy(one => one.Position.Timeline).ToList();
        foreach (var (data, _) in primaries.SkipLast(1))
        {
            await data.DisposeAsync();
        }

        return primaries.Count > 0
            ? primaries[^1].Data
            : throw new StoreException("No member takes writes at the moment.");
    }

    /// <inheritdoc/>
    public Task<IMemberData> OpenAsync(string member, CancellationToken cancellationToken) =>
        OpenAsync(member, members.First(one => one.Name == member).Source, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await frontDoor.DisposeAsync();
        foreach (var (_, source) in members)
        {
            await source.DisposeAsync();
        }
    }

    private async Task<IMemberData> OpenAsync(string name, NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return new Member(name, await source.OpenConnectionAsync(cancellationToken), ledger, timelineOf);
        }
        catch (NpgsqlException e)
        {
            throw new StoreException($"{name} cannot be reached ({AttemptErrors.Name(e)}).", e) { IsAbsent = e.InnerException is SocketException };
        }
    }

    private async Task<(IMemberData Data, MemberPosition Position)?> TryOpenPrimaryAsync(
        string name, NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        IMemberData? data = null;
        try
        {
            data = await OpenAsync(name, source, cancellationToken);
            var position = await data.PositionAsync(cancellationToken);
            if (position.Primary)
            {
                return (data, position);
            }
        }
        catch (StoreException)
        {
            // Then it is not the leader, as far as anybody can tell.
        }

        if (data is not null)
        {
            await data.DisposeAsync();
        }

        return null;
    }

    private sealed class Member(string name, NpgsqlConnection connection, Guid ledger, Func<string, int?> timelineOf) : IMemberData
    {
        // Rows per statement: a few ten milliseconds of work, so that no statement runs into the time-out.
        private const long Chunk = 100_000;
        private const int DeletedAtOnce = 5_000;

        // A snapshot's own upper bound would not do: it is not above transactions that run without any later one having ended. A
        // transaction id taken now is. What a replica follows may only be seen with privileges; without Patroni's word, its last checkpoint has to do.
        private const string Position = $"""
            SELECT NOT pg_is_in_recovery(),
                   CASE WHEN pg_is_in_recovery() THEN NULL ELSE {WriteTable.Timeline} END,
                   (SELECT timeline_id FROM pg_control_checkpoint()),
                   CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn,
                   CASE WHEN pg_is_in_recovery() THEN '0' ELSE pg_snapshot_xmin(pg_current_snapshot())::text END,
                   CASE WHEN pg_is_in_recovery() THEN '0' ELSE pg_current_xact_id()::text END
            """;

        public string Name => name;

        public Task<MemberPosition> PositionAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
        {
            await using var command = new NpgsqlCommand(Position, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return new MemberPosition(
                reader.GetBoolean(0),
                reader.IsDBNull(1) ? timelineOf(name) ?? reader.GetInt32(2) : reader.GetInt32(1),
                reader.IsDBNull(3) ? 0 : (long)reader.GetDecimal(3),
                long.Parse(reader.GetString(4), CultureInfo.InvariantCulture),
                long.Parse(reader.GetString(5), CultureInfo.InvariantCulture));
        });

        public Task<HeldIds> HeldAsync(RouteKind route, long first, long last, CancellationToken cancellationToken) => GuardAsync(async () =>
        {
            var ids = new IdSet();
            var duplicates = new IdSet();
            for (var from = first; from <= last; from += Chunk)
            {
                var to = Math.Min(last, from + Chunk - 1);
                var repeated = false;
                await using (var command = Command(WriteTable.Ranges, route, from, to))
                await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
                {
                    while (await reader.ReadAsync(cancellationToken))
                    {
                        var range = new IdRange(reader.GetInt64(0), reader.GetInt64(1));
                        ids.Add(range);
                        repeated |= reader.GetInt64(2) > range.Count;
                    }
                }

                if (repeated)
                {
                    await using var command = Command(WriteTable.Duplicates, route, from, to);
                    await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                    while (await reader.ReadAsync(cancellationToken))
                    {
                        duplicates.Add(reader.GetInt64(0));
                    }
                }
            }

            return new HeldIds(ids, duplicates);
        });

        public Task DeleteBelowAsync(RouteKind route, long below, CancellationToken cancellationToken) => GuardAsync(async () =>
        {
            int deleted;
            do
            {
                await using var command = Command(WriteTable.Delete, route, below, DeletedAtOnce);
                deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            }
            while (deleted > 0);
            return deleted;
        });

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private NpgsqlCommand Command(string statement, RouteKind route, long first, long second) => new(statement, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = ledger },
                new NpgsqlParameter<short> { TypedValue = (short)route },
                new NpgsqlParameter<long> { TypedValue = first },
                new NpgsqlParameter<long> { TypedValue = second },
            },
        };

        private async Task<T> GuardAsync<T>(Func<Task<T>> ask)
        {
            try
            {
                return await ask();
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
            {
                throw new StoreException($"{name} failed while it was asked ({AttemptErrors.Name(e)}).", e);
            }
        }
    }
}

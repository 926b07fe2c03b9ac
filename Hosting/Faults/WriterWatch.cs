using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>
/// Writes rows straight to every node and through the front door all the time, on connections that are kept and on new ones, and writes down which server
/// acknowledged what, when and on which timeline. Nothing keeps a client from a stale leader here, so one that acknowledges writes is found.
/// </summary>
internal sealed class WriterWatch : IAsyncDisposable
{
    private const string Table = "hapg_fault_mark";

    private const string Create = $"CREATE TABLE IF NOT EXISTS {Table} (id bigint NOT NULL)";

    private const string Drop = $"DROP TABLE IF EXISTS {Table}";

    /// <summary>The first hexadecimal digits of a WAL file's name are its timeline.</summary>
    private const string Insert = $"INSERT INTO {Table} (id) VALUES ($1) RETURNING ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int";

    /// <summary>Often enough to fall into the moments in which roles change, and next to nothing beside the probe's load.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>A new connection costs its server far more than a statement: 46 ms of a processor where it was measured (the probe's <c>ConnectionOpener</c>).</summary>
    private static readonly TimeSpan NewConnectionInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>An attempt without an answer by then goes on by itself, and a new connection is tried: a frozen server may thaw meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>A busy machine may take longer than a connection waits.</summary>
    private static readonly TimeSpan FrontDoorPatience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<MarkedWrite> _writes = new();
    private readonly ConcurrentQueue<(Task Attempt, NpgsqlConnection Connection)> _abandoned = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly IReadOnlyList<(string Node, string ConnectionString)> _nodes;
    private readonly string _frontDoor;
    private Task _lanes = Task.CompletedTask;
    private long _id;

    private WriterWatch(string frontDoor, IReadOnlyList<(string Node, string ConnectionString)> nodes)
    {
        _frontDoor = frontDoor;
        _nodes = nodes;
    }

    /// <summary>What was acknowledged so far.</summary>
    public IReadOnlyList<MarkedWrite> Writes => [.. _writes];

    /// <summary>Makes the table and begins to write.</summary>
    /// <exception cref="NpgsqlException">The front door takes no write for a minute.</exception>
    public static async Task<WriterWatch> StartAsync(PatroniClusterResource cluster, HAProxyResource frontDoor, CancellationToken cancellationToken)
    {
        var nodes = new List<(string, string)>();
        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            nodes.Add((node.Name, await ConnectionStringAsync(node.ConnectionStringExpression, cluster, cancellationToken)));
        }

        var watch = new WriterWatch(await ConnectionStringAsync(frontDoor.ConnectionStringExpression, cluster, cancellationToken), nodes);
        await watch.ThroughFrontDoorAsync(Create, cancellationToken);
        watch._lanes = Task.WhenAll(
        [
            .. watch._nodes.Select(node => watch.FollowAsync(node.Node, node.ConnectionString, keeps: true)),
            watch.FollowAsync(node: null, watch._frontDoor, keeps: true),
            watch.FollowAsync(node: null, watch._frontDoor, keeps: false),
        ]);
        return watch;
    }

    /// <summary>Ends the writing. What has not been answered by then counts as not acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _lanes;
    }

    /// <summary>Acknowledged rows that a node does not hold once it has had time to catch up.</summary>
    /// <param name="node">The node.</param>
    /// <param name="limit">How long to wait for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The rows' numbers; or <see langword="null"/> when the node cannot be asked.</returns>
    public async Task<IReadOnlyList<long>?> MissingAsync(string node, TimeSpan limit, CancellationToken cancellationToken)
    {
        long[] expected = [.. _writes.Select(write => write.Id)];
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            long[]? missing = null;
            try
            {
                await using NpgsqlConnection connection = await OpenAsync(_nodes.Single(one => one.Node == node).ConnectionString, cancellationToken);
                await using var command = new NpgsqlCommand($"SELECT id FROM unnest($1) AS id EXCEPT SELECT id FROM {Table}", connection);
                command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = expected });
                missing = await ReadAsync(command, cancellationToken);
            }
            catch (Exception e) when (IsPassing(e))
            {
                // It may still be starting.
            }

            if (missing is { Length: 0 } || elapsed.Elapsed > limit)
            {
                return missing;
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    /// <summary>Removes the table.</summary>
    public Task DropAsync(CancellationToken cancellationToken) => ThroughFrontDoorAsync(Drop, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Task cancelling = _ending.CancelAsync();

        // Npgsql asks the server to cancel before it breaks a connection off, and blocks until the server has closed that connection.
        await Task.WhenAll([cancelling, .. _abandoned.Select(one => DisposeAfterAsync(one.Attempt, one.Connection))])
            .WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _ending.Dispose();
    }

    /// <summary>The connection string of a server for one connection of this suite.</summary>
    internal static async Task<string> ConnectionStringAsync(ReferenceExpression expression, PatroniClusterResource cluster, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(await expression.GetValueAsync(cancellationToken))
        {
            Database = cluster.Database,
            Pooling = false,
            Timeout = 2,
            // A command that is timed out is cancelled, and a server that waits for its standby then acknowledges what only it has.
            CommandTimeout = 0,
            ApplicationName = "faults",
        };
        return settings.ConnectionString;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<long[]> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var ids = new List<long>();
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetInt64(0));
        }

        return [.. ids];
    }

    private static bool IsPassing(Exception e) => e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException;

    private async Task ThroughFrontDoorAsync(string sql, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = await OpenAsync(_frontDoor, cancellationToken);
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (IsPassing(e) && elapsed.Elapsed < FrontDoorPatience)
            {
                await Task.Delay(Interval, cancellationToken);
            }
        }
    }

    private async Task FollowAsync(string? node, string connectionString, bool keeps)
    {
        NpgsqlConnection? connection = null;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                connection ??= await OpenAsync(connectionString, _stopping.Token);
                Task attempt = WriteAsync(node, connection);
                if (await Task.WhenAny(attempt, Task.Delay(Patience)) == attempt)
                {
                    await attempt;
                }
                else
                {
                    _abandoned.Enqueue((attempt, connection));
                    connection = null;
                }
            }
            catch (Exception e) when (IsPassing(e) || (e is OperationCanceledException && _stopping.IsCancellationRequested))
            {
                await DisposeAsync(connection);
                connection = null;
            }

            if (!keeps)
            {
                await DisposeAsync(connection);
                connection = null;
            }

            await Task.Delay(keeps ? Interval : NewConnectionInterval, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await DisposeAsync(connection);
    }

    private async Task WriteAsync(string? node, NpgsqlConnection connection)
    {
        await using (var question = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection))
        {
            if ((bool)(await question.ExecuteScalarAsync(_ending.Token))!)
            {
                return;
            }
        }

        long id = Interlocked.Increment(ref _id);
        await using var insert = new NpgsqlCommand(Insert, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = id } } };
        long sent = Stopwatch.GetTimestamp();
        int timeline = (int)(await insert.ExecuteScalarAsync(_ending.Token))!;
        long acknowledged = Stopwatch.GetTimestamp();
        if (!_stopping.IsCancellationRequested)
        {
            _writes.Enqueue(new MarkedWrite(id, node, timeline, Stopwatch.GetElapsedTime(0, sent), Stopwatch.GetElapsedTime(0, acknowledged)));
        }
    }

    // Not before: to close a connection Npgsql reads what is still to come, and of two who read one waits for ever.
    private static async Task DisposeAfterAsync(Task attempt, NpgsqlConnection connection)
    {
        await attempt.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }

    private static ValueTask DisposeAsync(NpgsqlConnection? connection) => connection?.DisposeAsync() ?? ValueTask.CompletedTask;
}

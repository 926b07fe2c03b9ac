using System.Diagnostics;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>A client of the cluster as the drill needs one: a new connection for each statement, tried again while the cluster fails over.</summary>
internal sealed class DrillClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A commit that is going to be acknowledged is so within milliseconds.</summary>
    private const int AcknowledgementSeconds = 5;

    /// <summary>A server that starts on a busy machine takes seconds for a TLS handshake; to break off and come again would keep it busy.</summary>
    private const int ConnectionSeconds = 10;

    private readonly NpgsqlDataSource _dataSource;
    private readonly TimeSpan _patience;

    /// <summary>Creates a client.</summary>
    /// <param name="dataSource">Where to connect; owned by the caller.</param>
    /// <param name="patience">How long to try before the last error is thrown.</param>
    public DrillClient(NpgsqlDataSource dataSource, TimeSpan patience)
    {
        _dataSource = dataSource;
        _patience = patience;
    }

    /// <summary>A data source without a pool: a drill wants to see where each new connection ends up.</summary>
    public static NpgsqlDataSource Connect(string connectionString, string name)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString) { Name = name };
        builder.ConnectionStringBuilder.Database = "postgres";
        builder.ConnectionStringBuilder.Pooling = false;
        builder.ConnectionStringBuilder.Timeout = ConnectionSeconds;
        builder.ConnectionStringBuilder.CommandTimeout = 30;
        builder.ConnectionStringBuilder.ApplicationName = "drill";
        return builder.Build();
    }

    /// <summary>Creates a database; one that an interrupted attempt has already created counts as created.</summary>
    public Task CreateDatabaseAsync(string name, CancellationToken cancellationToken) =>
        // PostgreSQL says either, depending on whether the attempt that was cut off ends before or after this one looks.
        TryUntilDoneAsync($"CREATE DATABASE \"{name}\"", [PostgresErrorCodes.DuplicateDatabase, PostgresErrorCodes.UniqueViolation], cancellationToken);

    /// <summary>Drops a database if it is there.</summary>
    public Task DropDatabaseAsync(string name, CancellationToken cancellationToken) =>
        TryUntilDoneAsync($"DROP DATABASE IF EXISTS \"{name}\"", alsoDone: [], cancellationToken);

    /// <summary>Whether the server that a new connection reaches is a replica.</summary>
    public Task<bool> IsReplicaAsync(CancellationToken cancellationToken) => ReadAsync<bool>("SELECT pg_is_in_recovery()", cancellationToken);

    /// <summary>The names of the databases.</summary>
    public async Task<IReadOnlyList<string>> DatabasesAsync(CancellationToken cancellationToken) =>
        await ReadAsync<string[]>("SELECT array_agg(datname::text ORDER BY datname) FROM pg_database", cancellationToken);

    /// <summary>The members that the leader waits for before it acknowledges a commit, as PostgreSQL writes them.</summary>
    public Task<string> SynchronousStandbysAsync(CancellationToken cancellationToken) =>
        ReadAsync<string>("SELECT current_setting('synchronous_standby_names')", cancellationToken);

    /// <summary>
    /// Creates a database and gives the server a few seconds to acknowledge it. A server that waits for a standby answers the cancellation with success
    /// and a warning (committed here, perhaps nowhere else), so what comes that late is no acknowledgement.
    /// </summary>
    public async Task<bool> IsAcknowledgedAsync(string name, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            var attempt = Stopwatch.StartNew();
            try
            {
                await using NpgsqlCommand command = _dataSource.CreateCommand($"CREATE DATABASE \"{name}\"");
                command.CommandTimeout = AcknowledgementSeconds;
                await command.ExecuteNonQueryAsync(cancellationToken);
                return attempt.Elapsed.TotalSeconds < AcknowledgementSeconds;
            }
            catch (NpgsqlException e) when (e.InnerException is TimeoutException || e is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DuplicateDatabase })
            {
                return false;
            }
            catch (Exception e) when (IsPassing(e) && elapsed.Elapsed < _patience)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <summary>Tries to write. Returns the error's SQLSTATE, or <see langword="null"/> if the write was accepted.</summary>
    public async Task<string?> TryWriteAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = _dataSource.CreateCommand("CREATE DATABASE drill_must_not_exist");
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private async Task<T> ReadAsync<T>(string sql, CancellationToken cancellationToken) => (T)(await UntilDoneAsync(
        async command => (await command.ExecuteScalarAsync(cancellationToken))!, sql, cancellationToken));

    private async Task TryUntilDoneAsync(string sql, string[] alsoDone, CancellationToken cancellationToken)
    {
        try
        {
            await UntilDoneAsync(command => command.ExecuteNonQueryAsync(cancellationToken), sql, cancellationToken);
        }
        catch (PostgresException e) when (alsoDone.Contains(e.SqlState))
        {
            // An attempt that was cut off had done it.
        }
    }

    private async Task<T> UntilDoneAsync<T>(Func<NpgsqlCommand, Task<T>> execute, string sql, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using NpgsqlCommand command = _dataSource.CreateCommand(sql);
                return await execute(command);
            }
            catch (Exception e) when (IsPassing(e) && elapsed.Elapsed < _patience)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    // What a client meets during a failover: no route, a server that starts or stops, one that is a replica by now.
    private static bool IsPassing(Exception e) => e switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.AdminShutdown,
        NpgsqlException or TimeoutException => true,
        _ => false,
    };
}

using System.Diagnostics;
using Npgsql;

namespace HaPgAspire.Benchmarks;

/// <summary>Watches a cluster that starts through its read-write port, as a client would: tries again until it answers.</summary>
internal static class FrontDoor
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when a transaction that wrote WAL was committed. The message needs no table and so no privilege.</summary>
    public static Task FirstWriteAsync(int port, string role, CancellationToken cancellationToken) => AwaitAsync(
        port, role, "SELECT pg_logical_emit_message(true, 'benchmark', 'first write') IS NOT NULL", cancellationToken);

    /// <summary>Returns when both replicas stream.</summary>
    public static Task ReplicasStreamAsync(int port, string role, CancellationToken cancellationToken) => AwaitAsync(
        port, role, "SELECT count(*) = 2 FROM pg_stat_replication WHERE state = 'streaming' AND application_name <> 'pg_basebackup'", cancellationToken);

    private static async Task AwaitAsync(int port, string role, string sql, CancellationToken cancellationToken)
    {
        var connectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = role,
            Password = AppHostProcess.Password,
            Database = "postgres",
            Timeout = 1,
            CommandTimeout = 30,
            Pooling = false,
        }.ConnectionString;
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancellationToken);
                await using var command = new NpgsqlCommand(sql, connection);
                if (await command.ExecuteScalarAsync(cancellationToken) is true)
                {
                    return;
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                // Not there yet.
            }

            if (elapsed.Elapsed >= Limit)
            {
                throw new TimeoutException($"The cluster on port {port} did not get there within {Limit}.");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}

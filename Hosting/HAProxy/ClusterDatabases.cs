using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>Creates the databases that were added to the front door.</summary>
internal static partial class ClusterDatabases
{
    private const int CreateTimeoutSeconds = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Creates, as the application role, those that are not there yet.</summary>
    public static async Task CreateAsync(HAProxyResource haproxy, IServiceProvider services, CancellationToken cancellationToken)
    {
        ILogger logger = services.GetRequiredService<ResourceLoggerService>().GetLogger(haproxy);
        foreach (string database in haproxy.Databases.Values.Distinct(StringComparer.Ordinal))
        {
            await CreateAsync(haproxy, database, logger, cancellationToken);
        }
    }

    private static async Task CreateAsync(HAProxyResource haproxy, string database, ILogger logger, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = await ClusterConnection.OpenAsync(haproxy, "postgres", cancellationToken);
                await using NpgsqlCommand command = connection.CreateCommand();
                command.CommandText = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
                command.Parameters.AddWithValue(database);
                if (await command.ExecuteScalarAsync(cancellationToken) is not true)
                {
                    await CreateAsync(connection, database, cancellationToken);
                    LogCreated(logger, database);
                }

                return;
            }
            catch (PostgresException exists) when (exists.SqlState == PostgresErrorCodes.DuplicateDatabase)
            {
                return;
            }
            catch (NpgsqlException failure) when (TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                // A failover may be on its way; the next attempt finds the new leader.
                LogRetry(logger, database, failure.Message);
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <summary>Creates one database over an open connection.</summary>
    public static async Task CreateAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {Quote(database)}";
        command.CommandTimeout = CreateTimeoutSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes a name as an SQL identifier.</summary>
    public static string Quote(string identifier) => '"' + identifier.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    [LoggerMessage(LogLevel.Information, "Created database {Database}.")]
    private static partial void LogCreated(ILogger logger, string database);

    [LoggerMessage(LogLevel.Information, "Database {Database} could not be created yet: {Reason}")]
    private static partial void LogRetry(ILogger logger, string database, string reason);
}

using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>Connections of Hosting's own to the cluster, as the application role, each made anew.</summary>
internal static class ClusterConnection
{
    private const int TimeoutSeconds = 3;

    /// <summary>Connects through the read-write port.</summary>
    public static Task<NpgsqlConnection> OpenAsync(HAProxyResource haproxy, string database, CancellationToken cancellationToken) =>
        OpenAsync(haproxy.ConnectionStringExpression, database, cancellationToken);

    /// <summary>Connects through the read-only port.</summary>
    public static Task<NpgsqlConnection> OpenReadOnlyAsync(HAProxyResource haproxy, string database, CancellationToken cancellationToken) =>
        OpenAsync(haproxy.ReadOnlyConnectionStringExpression, database, cancellationToken);

    /// <summary>Connects to a node.</summary>
    public static Task<NpgsqlConnection> OpenAsync(PatroniNodeResource node, string database, CancellationToken cancellationToken) =>
        OpenAsync(node.ConnectionStringExpression, database, cancellationToken);

    private static async Task<NpgsqlConnection> OpenAsync(ReferenceExpression connectionString, string database, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(await connectionString.GetValueAsync(cancellationToken))
        {
            Database = database,
            Pooling = false,
            Timeout = TimeoutSeconds,
            CommandTimeout = TimeoutSeconds,
            ApplicationName = "hapgaspire",
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
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
}

using HaPgAspire.LocalHosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace HaPgAspire.LocalHosting;

/// <summary>Adds what belongs to PostgreSQL servers.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Adds a database: its connection string and its health check. Creating it is the server resource's affair.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder,
        [ResourceName] string name,
        string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(database.Name, database.DatabaseName);
        string? connectionString = null;
        builder.ApplicationBuilder.Eventing.Subscribe<ConnectionStringAvailableEvent>(database, async (_, ct) =>
            connectionString = await database.ConnectionStringExpression.GetValueAsync(ct)
                ?? throw new DistributedApplicationException($"The connection string of the '{name}' resource is empty."));
        var key = $"{name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            _ => new PostgresHealthCheck(() => connectionString),
            failureStatus: null,
            tags: null));
        return builder.ApplicationBuilder.AddResource(database).WithIconName("Database").WithHealthCheck(key);
    }
}

/// <summary>Healthy when the database answers a query.</summary>
internal sealed class PostgresHealthCheck(Func<string?> connectionString) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (connectionString() is not { } target)
        {
            return HealthCheckResult.Unhealthy("The connection string is not available yet.");
        }

        try
        {
            await using var dataSource = NpgsqlDataSource.Create(target);
            await using var command = dataSource.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Message, exception);
        }
    }
}

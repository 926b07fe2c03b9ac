using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>
/// Healthy when the read-write port leads to a server that takes writes. Until that was so for the first time the check keeps trying for a while instead of
/// failing at once: both engines wait longer and longer between checks that fail, and the cluster would be found ready seconds late.
/// </summary>
internal sealed class FrontDoorHealthCheck(HAProxyResource haproxy) : IHealthCheck
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private volatile bool _wasHealthy;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            HealthCheckResult result = await TryAsync(cancellationToken);
            if (result.Status == HealthStatus.Healthy)
            {
                _wasHealthy = true;
                return result;
            }

            if (_wasHealthy || TimeProvider.System.GetElapsedTime(start) > FirstPatience)
            {
                return result;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<HealthCheckResult> TryAsync(CancellationToken cancellationToken)
    {
        if (!haproxy.PrimaryEndpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("HAProxy has no port on the host yet.");
        }

        try
        {
            await using NpgsqlConnection connection = await ClusterConnection.OpenAsync(haproxy, "postgres", cancellationToken);
            await using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = "SELECT pg_is_in_recovery()";
            return await command.ExecuteScalarAsync(cancellationToken) is false
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The read-write port leads to a replica.");
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            return HealthCheckResult.Unhealthy("No leader answers through the read-write port.", exception);
        }
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.Hosting;

/// <summary>Healthy while there is a running leader and every other node streams on its timeline; degraded while only the leader is there.</summary>
internal sealed class ClusterHealthCheck(ClusterMonitor monitor) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        monitor.Lacks.Count == 0 ? HealthCheckResult.Healthy($"{monitor.Latest?.Leader?.Name} leads, every replica streams")
        : monitor.Latest?.Leader is null ? HealthCheckResult.Unhealthy(string.Join("; ", monitor.Lacks))
        : HealthCheckResult.Degraded(string.Join("; ", monitor.Lacks)));
}

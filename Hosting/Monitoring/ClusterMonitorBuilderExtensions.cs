using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

internal static class ClusterMonitorBuilderExtensions
{
    /// <summary>Watches the cluster while the app host runs, and lets its health be the members' health.</summary>
    public static IResourceBuilder<PatroniClusterResource> WithClusterMonitor(this IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        IServiceCollection services = builder.ApplicationBuilder.Services;
        services.AddKeyedSingleton(cluster.Name, (_, _) => new PatroniClient(cluster));
        services.AddKeyedSingleton(cluster.Name, (provider, _) => new ClusterMonitor(
            cluster,
            provider.GetRequiredKeyedService<PatroniClient>(cluster.Name),
            provider.GetRequiredService<ResourceNotificationService>(),
            provider.GetRequiredService<ILogger<ClusterMonitor>>()));
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<ClusterMonitor>(cluster.Name));
        }

        string healthCheck = $"{cluster.Name}_members";
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            healthCheck, provider => new ClusterHealthCheck(provider.GetRequiredKeyedService<ClusterMonitor>(cluster.Name)), failureStatus: null, tags: null));
        return builder.WithHealthCheck(healthCheck);
    }
}

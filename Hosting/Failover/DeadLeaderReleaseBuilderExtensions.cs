using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

internal static class DeadLeaderReleaseBuilderExtensions
{
    /// <summary>Ends a dead leader's lease while the app host runs the cluster.</summary>
    public static IResourceBuilder<PatroniClusterResource> WithDeadLeaderRelease(this IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            IServiceCollection services = builder.ApplicationBuilder.Services;
            services.AddKeyedSingleton(cluster.Name, (_, _) => new EtcdLeases(cluster));
            services.AddSingleton<IHostedService>(provider => new DeadLeaderRelease(
                cluster,
                provider.GetRequiredKeyedService<EtcdLeases>(cluster.Name),
                provider.GetRequiredService<ResourceNotificationService>(),
                provider.GetRequiredService<ILogger<DeadLeaderRelease>>()));
        }

        return builder;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.Hosting;

internal static class FailoverBuilderExtensions
{
    /// <summary>Replaces dead leaders, starts crashed nodes again and fences silent leaders while the app host runs the cluster.</summary>
    public static IResourceBuilder<PatroniClusterResource> WithFastFailover(this IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            IServiceCollection services = builder.ApplicationBuilder.Services;
            services.AddKeyedSingleton(cluster.Name, (_, _) => new EtcdLeases(cluster));
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<NodeExits>(
                provider,
                cluster,
                ActivatorUtilities.CreateInstance<DeadLeaderRelease>(provider, provider.GetRequiredKeyedService<EtcdLeases>(cluster.Name)),
                new Succession(cluster, provider.GetRequiredKeyedService<PatroniClient>(cluster.Name), TimeProvider.System),
                ActivatorUtilities.CreateInstance<CrashRestart>(provider, TimeProvider.System),
                TimeProvider.System));
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<LeaderFence>(
                provider,
                cluster,
                provider.GetRequiredKeyedService<PatroniClient>(cluster.Name),
                provider.GetRequiredKeyedService<EtcdLeases>(cluster.Name),
                ActivatorUtilities.CreateInstance<VitalSigns>(provider),
                TimeProvider.System));
        }

        return builder;
    }
}

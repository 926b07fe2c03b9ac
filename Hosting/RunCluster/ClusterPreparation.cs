using HaPgAspire.Hosting.Security;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.Hosting;

/// <summary>What has to be right before the first container is created; all of it together takes a fraction of a second when it is.</summary>
internal static class ClusterPreparation
{
    /// <exception cref="ClusterException">A port is taken, the engine cannot be used, the base image is not to be had, or the data is in use.</exception>
    public static async Task RunAsync(DistributedApplicationModel model, IServiceProvider services, CancellationToken cancellationToken)
    {
        PatroniClusterResource[] clusters = [.. model.Resources.OfType<PatroniClusterResource>()];
        if (clusters.Length == 0)
        {
            return;
        }

        HostPorts.ThrowIfTaken(clusters);
        ClientFolder.Sweep();
        var images = services.GetRequiredService<BaseImage>();
        var volumes = services.GetRequiredService<SessionVolumes>();
        await Task.WhenAll(
            [
                volumes.SweepAsync(cancellationToken),
                PersistentVolumes.ThrowIfInUseAsync(model, services.GetRequiredService<ContainerRuntime>(), cancellationToken),
                .. clusters.Select(cluster => cluster.Security.PrepareAsync(cancellationToken)),
                .. clusters.Select(cluster => cluster.Options.BaseImage).Distinct(StringComparer.Ordinal).Select(image => images.EnsureAsync(image, cancellationToken)),
            ]);
    }
}

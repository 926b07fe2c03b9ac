namespace HaPgAspire.Hosting;

/// <summary>Guards data that outlives the app host against being opened twice.</summary>
internal static class PersistentVolumes
{
    /// <exception cref="ClusterException">A container that runs has one of the volumes.</exception>
    public static async Task ThrowIfInUseAsync(DistributedApplicationModel model, ContainerRuntime runtime, CancellationToken cancellationToken)
    {
        string[] volumes = [.. model.Resources
            .Where(resource => resource is PatroniNodeResource or EtcdMemberResource)
            .SelectMany(ClusterVolumes.PersistentVolumes)];
        if (volumes.Length == 0)
        {
            return;
        }

        string containers = await runtime.RunAsync(
            ["ps", "--format", "{{.Names}}", .. volumes.SelectMany(volume => new[] { "--filter", $"volume={volume}" })], cancellationToken);
        if (containers.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var container, ..])
        {
            throw new ClusterException(
                $"The persistent data of this cluster is in use by the running container {container}; stop the app host that it belongs to, or give this one another --{ClusterOptions.SectionName}:Scope=….");
        }
    }
}

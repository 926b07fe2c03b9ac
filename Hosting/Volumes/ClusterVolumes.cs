namespace HaPgAspire.Hosting;

/// <summary>
/// The named volumes that data lie on. Without persistent data a volume belongs to the run: its name is new every time and Hosting removes it at the
/// end, since neither engine removes named volumes.
/// </summary>
internal static class ClusterVolumes
{
    /// <summary>Mounts the volume, in place of the one mounted before.</summary>
    /// <param name="builder">The container.</param>
    /// <param name="path">Where in the container.</param>
    /// <param name="persistentAs">What a volume that outlives the run is called after the container's name; null for one that does not.</param>
    public static void Apply<T>(IResourceBuilder<T> builder, string path, string? persistentAs)
        where T : ContainerResource
    {
        ContainerMountAnnotation[] earlier = [.. builder.Resource.Annotations.OfType<ContainerMountAnnotation>().Where(mount => mount.Target == path)];
        foreach (ContainerMountAnnotation mount in earlier)
        {
            builder.Resource.Annotations.Remove(mount);
        }

        string name = builder.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? $"{builder.Resource.Name}-data"
            : persistentAs is { } suffix
                ? VolumeNameGenerator.Generate(builder, suffix)
                : ClusterServices.SessionOf(builder.ApplicationBuilder).VolumeName(builder.Resource.Name);
        builder.WithVolume(name, path);
    }

    /// <summary>The volumes of a container that end with this run.</summary>
    public static IEnumerable<string> SessionVolumes(IResource resource) =>
        Volumes(resource).Where(name => ClusterSession.Parse(name) is not null);

    /// <summary>The volumes of a container that outlive this run.</summary>
    public static IEnumerable<string> PersistentVolumes(IResource resource) =>
        Volumes(resource).Where(name => ClusterSession.Parse(name) is null);

    private static IEnumerable<string> Volumes(IResource resource) => resource.Annotations.OfType<ContainerMountAnnotation>()
        .Where(mount => mount is { Type: ContainerMountType.Volume, Source: not null })
        .Select(mount => mount.Source!);
}

namespace HaPgAspire.Hosting;

/// <summary>A generated file that only the container's own user may read.</summary>
internal static class ClusterFile
{
    public static ContainerFile Create(string name, string contents) => new()
    {
        Name = name,
        Contents = contents,
        Mode = UnixFileMode.UserRead,
    };
}

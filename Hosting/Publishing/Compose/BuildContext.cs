namespace HaPgAspire.Hosting.Publishing;

/// <summary>Copies the build context of an image into a target.</summary>
internal static class BuildContext
{
    // A Dockerfile with its scripts is a few kilobytes; a context beyond this was meant for something else.
    private const long MaximumBytes = 16 * 1024 * 1024;

    public static IReadOnlyList<PublishedFile> Read(string resource, string contextPath, string folder)
    {
        var context = new DirectoryInfo(contextPath);
        if (!context.Exists)
        {
            throw new ClusterException($"The image of {resource} cannot be published: its build context {contextPath} does not exist.");
        }

        var files = new List<PublishedFile>();
        long bytes = 0;
        foreach (FileInfo file in context.EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            bytes += file.Length;
            if (bytes > MaximumBytes)
            {
                throw new ClusterException($"The image of {resource} cannot be published: its build context {contextPath} is larger than {MaximumBytes / 1024 / 1024} MB.");
            }

            files.Add(new PublishedFile
            {
                Path = $"{folder}/{Path.GetRelativePath(context.FullName, file.FullName).Replace('\\', '/')}",
                Content = File.ReadAllBytes(file.FullName),
            });
        }

        return files;
    }
}

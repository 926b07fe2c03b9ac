using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Reads the files that a resource is given with <c>WithContainerFiles</c>.</summary>
internal static class ContainerFileTree
{
    /// <summary>The files with their absolute paths in the container.</summary>
    public static async Task<IReadOnlyList<PublishedFile>> ReadAsync(IResource resource, IServiceProvider services, CancellationToken cancellationToken)
    {
        var files = new List<PublishedFile>();
        foreach (ContainerFileSystemCallbackAnnotation annotation in resource.Annotations.OfType<ContainerFileSystemCallbackAnnotation>().ToList())
        {
            var context = new ContainerFileSystemCallbackContext { Model = resource, Services = services };
            await AddAsync(files, await annotation.Callback(context, cancellationToken), annotation.DestinationPath.TrimEnd('/'), cancellationToken);
        }

        return files;
    }

    private static async Task AddAsync(List<PublishedFile> files, IEnumerable<ContainerFileSystemItem> items, string folder, CancellationToken cancellationToken)
    {
        foreach (ContainerFileSystemItem item in items)
        {
            string path = $"{folder}/{item.Name}";
            if (item is ContainerDirectory directory)
            {
                await AddAsync(files, directory.Entries, path, cancellationToken);
            }
            else if (item is ContainerFileBase file)
            {
                files.Add(new PublishedFile
                {
                    Path = path,
                    Content = file.SourcePath is { } source ? await File.ReadAllBytesAsync(source, cancellationToken) : Encoding.UTF8.GetBytes(file.Contents ?? string.Empty),
                    // Docker shows the file with the host's owner and mode, and the container's user is neither: all may read it, and no secret is in it.
                    Mode = (file.Mode & UnixFileMode.UserExecute) != 0 ? PublishedFile.ProgramMode : PublishedFile.ReadableMode,
                });
            }
        }
    }
}

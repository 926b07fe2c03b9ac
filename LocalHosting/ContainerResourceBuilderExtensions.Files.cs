using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <content>Files that are in a container before it starts.</content>
public static partial class ContainerResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithContainerFiles<T>(
        this IResourceBuilder<T> builder,
        string destinationPath,
        IEnumerable<ContainerFileSystemItem> entries,
        int? defaultOwner = null,
        int? defaultGroup = null,
        UnixFileMode? umask = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(entries);
        return builder.WithContainerFiles(destinationPath, (_, _) => Task.FromResult(entries), defaultOwner, defaultGroup, umask);
    }

    /// <summary>The callback runs at every start of the container.</summary>
    public static IResourceBuilder<T> WithContainerFiles<T>(
        this IResourceBuilder<T> builder,
        string destinationPath,
        Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> callback,
        int? defaultOwner = null,
        int? defaultGroup = null,
        UnixFileMode? umask = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(destinationPath);
        ArgumentNullException.ThrowIfNull(callback);
        return builder.WithAnnotation(new ContainerFileSystemCallbackAnnotation
        {
            DestinationPath = destinationPath,
            Callback = callback,
            DefaultOwner = defaultOwner,
            DefaultGroup = defaultGroup,
            Umask = umask,
        });
    }

    /// <summary>Copied in when running; when publishing, a read-only bind mount.</summary>
    /// <exception cref="InvalidOperationException">There is nothing at the source path.</exception>
    public static IResourceBuilder<T> WithContainerFiles<T>(
        this IResourceBuilder<T> builder,
        string destinationPath,
        string sourcePath,
        int? defaultOwner = null,
        int? defaultGroup = null,
        UnixFileMode? umask = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        var fullPath = Path.GetFullPath(sourcePath, builder.ApplicationBuilder.AppHostDirectory);
        if (!Path.Exists(fullPath))
        {
            throw new InvalidOperationException($"The source path '{fullPath}' does not exist.");
        }

        return builder.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? builder.WithBindMount(fullPath, destinationPath, isReadOnly: true)
            : builder.WithContainerFiles(
                destinationPath,
                (_, _) => Task.FromResult(ContainerDirectory.GetFileSystemItemsFromPath(fullPath, searchOptions: SearchOption.AllDirectories)),
                defaultOwner,
                defaultGroup,
                umask);
    }
}

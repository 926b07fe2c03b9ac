using System.Text;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>The files a container resource wants in its container.</summary>
internal static class ContainerFiles
{
    private const UnixFileMode AllRead = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode AllWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode AllExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode DefaultUmask = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static async Task<IReadOnlyList<ContainerFileEntry>> CollectAsync(RunContext run, IResource resource, CancellationToken cancellationToken)
    {
        List<ContainerFileEntry> entries = [];
        foreach (var annotation in resource.Annotations.OfType<ContainerFileSystemCallbackAnnotation>())
        {
            var items = await annotation.Callback(new ContainerFileSystemCallbackContext { Services = run.Services, Model = resource }, cancellationToken);
            foreach (var item in items)
            {
                await AddAsync(annotation.DestinationPath.TrimEnd('/'), item, annotation, entries, cancellationToken);
            }
        }

        return entries;
    }

    private static async Task AddAsync(
        string parent,
        ContainerFileSystemItem item,
        ContainerFileSystemCallbackAnnotation defaults,
        List<ContainerFileEntry> entries,
        CancellationToken cancellationToken)
    {
        var path = $"{parent}/{item.Name}";
        var directory = item as ContainerDirectory;
        var allowed = ~(defaults.Umask ?? DefaultUmask) & (AllRead | AllWrite | (directory is null ? UnixFileMode.None : AllExecute));
        var mode = item.Mode == UnixFileMode.None ? allowed : item.Mode;
        entries.Add(new ContainerFileEntry(
            path,
            // A bare null would become the empty content of a file.
            directory is null ? await ContentAsync((ContainerFileBase)item, path, cancellationToken) : (ReadOnlyMemory<byte>?)null,
            mode,
            item.Owner ?? defaults.DefaultOwner ?? 0,
            item.Group ?? defaults.DefaultGroup ?? 0));
        foreach (var child in directory?.Entries ?? [])
        {
            await AddAsync(path, child, defaults, entries, cancellationToken);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ContentAsync(ContainerFileBase file, string path, CancellationToken cancellationToken) => (file.Contents, file.SourcePath) switch
    {
        ({ } contents, null) => Encoding.UTF8.GetBytes(contents),
        (null, { } source) => await File.ReadAllBytesAsync(source, cancellationToken),
        (null, null) => ReadOnlyMemory<byte>.Empty,
        _ => throw new DistributedApplicationException($"The container file '{path}' has both contents and a source path; give one."),
    };
}

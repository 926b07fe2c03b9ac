namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A file or directory created in a container before it starts.</summary>
public abstract class ContainerFileSystemItem
{
    private string? _name;

    /// <exception cref="ArgumentException">Empty, or more than one path segment.</exception>
    public string Name
    {
        get => _name!;
        set
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            _name = Path.GetDirectoryName(value) is ""
                ? value
                : throw new ArgumentException($"Name '{value}' must be one path segment; nest ContainerDirectory entries for more.", nameof(value));
        }
    }

    public int? Owner { get; set; }

    public int? Group { get; set; }

    /// <summary>0: what the umask leaves of 0666 or 0777.</summary>
    public UnixFileMode Mode { get; set; }
}

/// <summary>A file created in a container.</summary>
public abstract class ContainerFileBase : ContainerFileSystemItem
{
    public string? Contents { get; set; }

    /// <summary>A file on the host to copy; instead of <see cref="Contents"/>.</summary>
    public string? SourcePath { get; set; }
}

/// <inheritdoc/>
public sealed class ContainerFile : ContainerFileBase;

/// <summary>A directory created in a container.</summary>
public sealed class ContainerDirectory : ContainerFileSystemItem
{
    public IEnumerable<ContainerFileSystemItem> Entries { get; set; } = [];

    /// <summary>The file, or the files of the directory, at a host path.</summary>
    /// <exception cref="InvalidOperationException">There is nothing at the path.</exception>
    public static IEnumerable<ContainerFileSystemItem> GetFileSystemItemsFromPath(
        string path,
        string searchPattern = "*",
        SearchOption searchOptions = SearchOption.TopDirectoryOnly,
        Action<ContainerFileSystemItem>? updateItem = null)
    {
        var fullPath = Path.GetFullPath(path);
        if (File.Exists(fullPath))
        {
            return searchPattern == "*"
                ? [FileAt(fullPath)]
                : throw new ArgumentException($"'{fullPath}' is a file; a search pattern is for directories.", nameof(searchPattern));
        }

        return Directory.Exists(fullPath)
            ? ItemsIn(fullPath)
            : throw new InvalidOperationException($"The specified path '{fullPath}' does not exist.");

        ContainerFile FileAt(string file)
        {
            var item = new ContainerFile { Name = Path.GetFileName(file), SourcePath = file };
            updateItem?.Invoke(item);
            return item;
        }

        List<ContainerFileSystemItem> ItemsIn(string directory)
        {
            List<ContainerFileSystemItem> items = [.. Directory.EnumerateFiles(directory, searchPattern).Order(StringComparer.Ordinal).Select(FileAt)];
            if (searchOptions == SearchOption.AllDirectories)
            {
                foreach (var child in Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal))
                {
                    var entries = ItemsIn(child);
                    if (entries.Count > 0)
                    {
                        var item = new ContainerDirectory { Name = Path.GetFileName(child), Entries = entries };
                        updateItem?.Invoke(item);
                        items.Add(item);
                    }
                }
            }

            return items;
        }
    }
}

/// <summary>Files to create in a container before it starts.</summary>
public sealed class ContainerFileSystemCallbackAnnotation : IResourceAnnotation
{
    public required string DestinationPath { get; init; }

    public int? DefaultOwner { get; init; }

    public int? DefaultGroup { get; init; }

    /// <summary>Null: 0022.</summary>
    public UnixFileMode? Umask { get; set; }

    public required Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> Callback { get; init; }
}

/// <summary>What a callback for container files gets.</summary>
public sealed class ContainerFileSystemCallbackContext
{
    public required IServiceProvider Services { get; init; }

    public required IResource Model { get; init; }
}

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Brings the folder of a published target in line with its files.</summary>
public static class PublishedFolder
{
    private const UnixFileMode DirectoryMode = PublishedFile.ProgramMode;

    /// <summary>
    /// Writes the files whose content or mode differs, each in one step so that nobody sees half a file, and removes what an earlier publishing
    /// left in the folders that belong to the target alone.
    /// </summary>
    /// <param name="directory">The target's folder; made where it is missing.</param>
    /// <param name="files">The files.</param>
    /// <param name="ownedFolders">Folders below it that hold nothing but published files.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>A task that ends when the folder is in line.</returns>
    /// <exception cref="ClusterException">The folder cannot be written.</exception>
    public static async Task WriteAsync(
        string directory, IReadOnlyCollection<PublishedFile> files, IReadOnlyCollection<string> ownedFolders, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(ownedFolders);
        try
        {
            foreach (PublishedFile file in files)
            {
                await WriteAsync(Place(directory, file.Path), file, cancellationToken);
            }

            HashSet<string> kept = [.. files.Select(file => Place(directory, file.Path))];
            foreach (string folder in ownedFolders.Select(folder => Place(directory, folder)).Where(Directory.Exists))
            {
                foreach (string stale in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => !kept.Contains(path)).ToList())
                {
                    File.Delete(stale);
                }

                // The deepest first.
                foreach (string child in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).ToList())
                {
                    if (!Directory.EnumerateFileSystemEntries(child).Any())
                    {
                        Directory.Delete(child);
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"Cannot publish to {directory}: {exception.Message} Choose another folder with --output-path.", exception);
        }
    }

    private static string Place(string directory, string path) => Path.GetFullPath(Path.Combine(directory, path.Replace('/', Path.DirectorySeparatorChar)));

    private static async Task WriteAsync(string place, PublishedFile file, CancellationToken cancellationToken)
    {
        CreateFolder(Path.GetDirectoryName(place)!);
        if (File.Exists(place) && (await File.ReadAllBytesAsync(place, cancellationToken)).AsSpan().SequenceEqual(file.Content.Span))
        {
            SetMode(place, file.Mode);
            return;
        }

        // A secret is never readable by others, not even before the rename.
        string draft = place + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PublishedFile.SecretMode;
        }

        await using (var stream = new FileStream(draft, options))
        {
            await stream.WriteAsync(file.Content, cancellationToken);
        }

        SetMode(draft, file.Mode);
        File.Move(draft, place, overwrite: true);
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, DirectoryMode);
        }
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}

namespace HaPgAspire.Hosting;

/// <summary>
/// The folder that a target is published to. It keeps a list of what it holds, so that publishing again removes what is no longer part of it and never
/// touches a file that somebody else put there.
/// </summary>
internal sealed class PublishedFolder(string root)
{
    private const string ListName = ".published";

    private readonly SortedDictionary<string, (string Content, string Mode)> _files = new(StringComparer.Ordinal);

    /// <summary>Adds a file.</summary>
    /// <param name="path">Its path below the folder, with forward slashes.</param>
    /// <param name="content">Its text.</param>
    /// <param name="mode">Permissions in octal.</param>
    public void Add(string path, string content, string mode = "0644") => _files.Add(path, (content, mode));

    /// <summary>Writes all files, and removes those of an earlier time that are no longer there. An unchanged file is not written.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        string listPath = Path.Combine(root, ListName);
        string[] earlier = File.Exists(listPath) ? await File.ReadAllLinesAsync(listPath, cancellationToken).ConfigureAwait(false) : [];
        foreach ((string path, (string content, string mode)) in _files)
        {
            await WriteAsync(Absolute(path), content, mode, cancellationToken).ConfigureAwait(false);
        }

        foreach (string path in earlier.Where(path => !_files.ContainsKey(path) && IsBelow(path)))
        {
            Remove(Absolute(path));
        }

        await WriteAsync(listPath, string.Concat(_files.Keys.Select(path => path + "\n")), "0644", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes one file with its permissions from the first moment on; does nothing when it is already so.</summary>
    public static async Task WriteAsync(string path, string content, string mode, CancellationToken cancellationToken)
    {
        UnixFileMode permissions = (UnixFileMode)Convert.ToInt32(mode, 8);
        if (File.Exists(path)
            && (OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == permissions)
            && string.Equals(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false), content, StringComparison.Ordinal))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var writer = new StreamWriter(temporary, options);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteAsync(content.AsMemory(), cancellationToken).ConfigureAwait(false);
        }

        if (!OperatingSystem.IsWindows())
        {
            // Not at creation: the user's umask would take bits away, and the output depend on it.
            File.SetUnixFileMode(temporary, permissions);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private string Absolute(string path) => Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar));

    private static bool IsBelow(string path) => path.Length > 0 && !Path.IsPathRooted(path) && !path.Split('/').Contains("..", StringComparer.Ordinal);

    private void Remove(string path)
    {
        File.Delete(path);
        string top = Path.GetFullPath(root);
        for (string? directory = Path.GetDirectoryName(Path.GetFullPath(path));
            directory is not null && directory.Length > top.Length && Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any();
            directory = Path.GetDirectoryName(directory))
        {
            Directory.Delete(directory);
        }
    }
}

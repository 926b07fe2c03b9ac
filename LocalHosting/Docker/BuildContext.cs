using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>The files that an image is built from, and the hash that stands for the whole build.</summary>
internal sealed class BuildContext
{
    // Raised when the way an image is built changes in a manner that its inputs don't show.
    private const string Recipe = "1";

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ImageBuild _build;
    private readonly List<(string Name, FileSystemInfo Info)> _entries;

    private BuildContext(ImageBuild build, string dockerfileName, string dockerfile, List<(string, FileSystemInfo)> entries)
    {
        _build = build;
        DockerfileName = dockerfileName;
        Dockerfile = dockerfile;
        _entries = entries;
    }

    /// <summary>The Dockerfile's name within the archive.</summary>
    public string DockerfileName { get; }

    /// <summary>The Dockerfile's text.</summary>
    public string Dockerfile { get; }

    public IEnumerable<string> Names => _entries.Select(entry => entry.Name);

    /// <exception cref="EngineException">The directory or the Dockerfile is not there.</exception>
    public static async Task<BuildContext> ReadAsync(ImageBuild build, CancellationToken cancellationToken)
    {
        var root = new DirectoryInfo(Path.GetFullPath(build.ContextDirectory));
        var dockerfile = new FileInfo(Path.Combine(root.FullName, build.Dockerfile));
        if (!root.Exists || !dockerfile.Exists)
        {
            throw new EngineException(
                $"Image '{build.Repository}' cannot be built: {(root.Exists ? $"there is no Dockerfile '{dockerfile.FullName}'" : $"there is no directory '{root.FullName}'")}.");
        }

        var ignoreFile = new[] { dockerfile.FullName + ".dockerignore", Path.Combine(root.FullName, ".dockerignore") }.FirstOrDefault(File.Exists);
        var ignore = ignoreFile is null ? DockerIgnore.None : new DockerIgnore(await File.ReadAllLinesAsync(ignoreFile, cancellationToken));

        var entries = new List<(string Name, FileSystemInfo Info)>();
        Collect(root, "", ignore, entries);

        // A Dockerfile that is excluded or lies outside of the context still has to reach the engine.
        var name = NameOf(root, dockerfile);
        if (name is null || ignore.Excludes(name))
        {
            name = ".dockerfile";
            entries.RemoveAll(entry => entry.Name == name);
            entries.Add((name, dockerfile));
        }

        entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return new BuildContext(build, name, await File.ReadAllTextAsync(dockerfile.FullName, cancellationToken), entries);
    }

    /// <summary>Lower-case hexadecimal SHA-256 of everything that determines the image; the repository's name does not.</summary>
    /// <param name="baseImageIds">The content-addressed ids of the images it builds upon.</param>
    public async Task<string> HashAsync(IEnumerable<string> baseImageIds, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append("recipe", Recipe);
        Append("dockerfile", DockerfileName);
        Append("target", _build.Target ?? "");
        foreach (var argument in _build.BuildArguments.OrderBy(argument => argument.Key, StringComparer.Ordinal))
        {
            Append("argument", argument.Key, argument.Value);
        }

        foreach (var id in baseImageIds)
        {
            Append("base", id);
        }

        foreach (var (name, info) in _entries)
        {
            Append("entry", name, info.LinkTarget ?? "", ModeOf(info).ToString());
            if (info is FileInfo { LinkTarget: null } file)
            {
                await using var content = file.OpenRead();
                hash.AppendData(await SHA256.HashDataAsync(content, cancellationToken));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(params ReadOnlySpan<string> parts)
        {
            foreach (var part in parts)
            {
                // The length in front keeps two neighbours from passing for one.
                var bytes = Encoding.UTF8.GetBytes(part);
                hash.AppendData(BitConverter.GetBytes(bytes.Length));
                hash.AppendData(bytes);
            }
        }
    }

    /// <summary>
    /// The context as a tar archive in a temporary file that goes with the stream. Owner, times and modes are the same on every
    /// machine (root, the epoch, 0755 or 0644): a clone's umask must not decide who may read a file of the image.
    /// </summary>
    public async Task<Stream> OpenArchiveAsync(CancellationToken cancellationToken)
    {
        var archive = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            });
        try
        {
            await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
            {
                foreach (var (name, info) in _entries)
                {
                    await WriteAsync(tar, name, info, cancellationToken);
                }
            }

            archive.Position = 0;
            return archive;
        }
        catch
        {
            await archive.DisposeAsync();
            throw;
        }
    }

    private static async Task WriteAsync(TarWriter tar, string name, FileSystemInfo info, CancellationToken cancellationToken)
    {
        var type = info.LinkTarget is not null ? TarEntryType.SymbolicLink
            : info is DirectoryInfo ? TarEntryType.Directory
            : TarEntryType.RegularFile;
        await using var content = type == TarEntryType.RegularFile ? ((FileInfo)info).OpenRead() : null;
        var entry = new PaxTarEntry(type, name) { Mode = ModeOf(info), ModificationTime = DateTimeOffset.UnixEpoch };
        if (content is not null)
        {
            entry.DataStream = content;
        }
        else if (info.LinkTarget is { } target)
        {
            entry.LinkName = target;
        }

        await tar.WriteEntryAsync(entry, cancellationToken);
    }

    private static void Collect(DirectoryInfo directory, string prefix, DockerIgnore ignore, List<(string, FileSystemInfo)> entries)
    {
        foreach (var info in directory.EnumerateFileSystemInfos())
        {
            var name = prefix + info.Name;
            var excluded = ignore.Excludes(name);
            if (!excluded)
            {
                entries.Add((name, info));
            }

            if (info is DirectoryInfo { LinkTarget: null } child && (!excluded || ignore.HasExceptions))
            {
                Collect(child, name + "/", ignore, entries);
            }
        }
    }

    private static string? NameOf(DirectoryInfo root, FileInfo file)
    {
        var relative = Path.GetRelativePath(root.FullName, file.FullName).Replace('\\', '/');
        return Path.IsPathRooted(relative) || relative.StartsWith("../", StringComparison.Ordinal) ? null : relative;
    }

    private static UnixFileMode ModeOf(FileSystemInfo info) =>
        info is DirectoryInfo || OperatingSystem.IsWindows() || info.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? Executable : Readable;
}

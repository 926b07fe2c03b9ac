using System.Formats.Tar;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>The tar stream by which files reach a created container.</summary>
internal static class ContainerFilesArchive
{
    /// <summary>Entries in path order, so that a directory comes before what lies in it; owner, group and mode as given.</summary>
    public static MemoryStream Create(IEnumerable<ContainerFileEntry> files)
    {
        var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
            {
                tar.WriteEntry(Entry(file));
            }
        }

        archive.Position = 0;
        return archive;
    }

    private static PaxTarEntry Entry(ContainerFileEntry file)
    {
        var name = file.Path.TrimStart('/').TrimEnd('/');
        if (!file.Path.StartsWith('/') || name.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new EngineException($"'{file.Path}' is no absolute path in a container.");
        }

        var entry = new PaxTarEntry(file.Content is null ? TarEntryType.Directory : TarEntryType.RegularFile, name)
        {
            Uid = file.Uid,
            Gid = file.Gid,
            Mode = file.Mode,
        };
        if (file.Content is { } content)
        {
            entry.DataStream = new MemoryStream(content.ToArray(), writable: false);
        }

        return entry;
    }
}

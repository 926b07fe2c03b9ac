using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Reads back what was published.</summary>
internal static class PublishedTree
{
    /// <summary>All files below a folder, sorted by path.</summary>
    public static IReadOnlyList<PublishedFile> Read(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => new PublishedFile
            {
                Path = Path.GetRelativePath(folder, path).Replace('\\', '/'),
                Content = File.ReadAllBytes(path),
                Mode = OperatingSystem.IsWindows() ? PublishedFile.ReadableMode : File.GetUnixFileMode(path),
            })
            .OrderBy(file => file.Path, StringComparer.Ordinal),
    ];

    /// <summary>What differs between two readings: path, mode or content.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<PublishedFile> first, IReadOnlyList<PublishedFile> second)
    {
        Dictionary<string, PublishedFile> others = second.ToDictionary(file => file.Path);
        foreach (PublishedFile file in first)
        {
            if (!others.Remove(file.Path, out PublishedFile? other))
            {
                yield return $"{file.Path} is missing the second time";
            }
            else if (file.Mode != other.Mode)
            {
                yield return $"{file.Path} has another mode: {file.Mode} and {other.Mode}";
            }
            else if (!file.Content.Span.SequenceEqual(other.Content.Span))
            {
                yield return TextDifference.Between(file.Path, file.Text, other.Text) ?? $"{file.Path} has other bytes";
            }
        }

        foreach (string path in others.Keys)
        {
            yield return $"{path} is new the second time";
        }
    }
}

using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>
/// Compares published files with those that are checked in. With <c>UPDATE_GOLDEN=1</c> in the environment it writes them instead, for a person to look at
/// with <c>git diff</c>.
/// </summary>
internal static class GoldenFolder
{
    private static bool Updates => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>Wants the folder to hold these text files.</summary>
    /// <param name="folder">The folder, absolute.</param>
    /// <param name="files">The files.</param>
    /// <param name="ownedFolders">Folders in it that may hold nothing else.</param>
    public static async Task MatchAsync(string folder, IReadOnlyCollection<PublishedFile> files, params string[] ownedFolders)
    {
        if (Updates)
        {
            await PublishedFolder.WriteAsync(folder, files, ownedFolders, TestContext.Current.CancellationToken);
        }

        var differences = new List<string>();
        foreach (PublishedFile file in files)
        {
            string path = Path.Combine(folder, file.Path);
            if (!File.Exists(path))
            {
                differences.Add($"{file.Path} is not checked in.");
            }
            else if (TextDifference.Between(
                file.Path, PackedFiles.Readable(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)), PackedFiles.Readable(file.Text)) is { } difference)
            {
                differences.Add(difference);
            }
        }

        HashSet<string> wanted = [.. files.Select(file => file.Path)];
        foreach (string owned in ownedFolders)
        {
            string place = Path.Combine(folder, owned);
            differences.AddRange(Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
                .Where(path => !wanted.Contains(path))
                .Select(path => $"{path} is checked in and no longer published."));
        }

        Assert.True(
            differences.Count == 0,
            $"Published files in {folder} have changed. If that is meant, run the test with UPDATE_GOLDEN=1 and look at git diff.\n{string.Join('\n', differences)}");
    }
}

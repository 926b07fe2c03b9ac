using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

public sealed class PublishedFolderTests
{
    [Fact]
    public async Task What_is_no_longer_published_goes_and_what_is_not_ours_stays()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["files/old"]);
        await File.WriteAllTextAsync(folder["files/old/stale"], "x", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["notes.txt"], "mine", TestContext.Current.CancellationToken);

        await WriteAsync(folder, PublishedFile.FromText("files/new", "y"));

        Assert.Equal(["files/new", "notes.txt"], PublishedTree.Read(folder.Path).Select(file => file.Path));
    }

    [Fact]
    public async Task An_unchanged_file_is_left_alone_and_its_mode_put_right()
    {
        using var folder = new TemporaryFolder();
        PublishedFile file = PublishedFile.FromText("a", "x", PublishedFile.SecretMode);
        await WriteAsync(folder, file);
        DateTime written = File.GetLastWriteTimeUtc(folder["a"]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["a"], PublishedFile.ReadableMode);
        }

        await WriteAsync(folder, file);

        Assert.Equal(written, File.GetLastWriteTimeUtc(folder["a"]));
        Assert.Equal(OperatingSystem.IsWindows() ? PublishedFile.ReadableMode : PublishedFile.SecretMode, Assert.Single(PublishedTree.Read(folder.Path)).Mode);
    }

    [Fact]
    public async Task A_folder_that_is_a_file_is_one_sentence()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], string.Empty, TestContext.Current.CancellationToken);

        ClusterException failure = await Assert.ThrowsAsync<ClusterException>(() =>
            PublishedFolder.WriteAsync(folder["file"], [PublishedFile.FromText("a", "x")], [], TestContext.Current.CancellationToken));

        Assert.StartsWith($"Cannot publish to {folder["file"]}", failure.Message, StringComparison.Ordinal);
    }

    private static Task WriteAsync(TemporaryFolder folder, params PublishedFile[] files) =>
        PublishedFolder.WriteAsync(folder.Path, files, ["files"], TestContext.Current.CancellationToken);
}

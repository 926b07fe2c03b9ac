using System.Formats.Tar;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.UnitTests.LocalDocker;

public sealed class BuildContextTests : IDisposable
{
    private const UnixFileMode ReadableByAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ImageBuild Build => new() { Repository = "demo", ContextDirectory = _directory.Path };

    public void Dispose() => _directory.Dispose();

    private static async Task<string> HashAsync(ImageBuild build, params string[] bases) =>
        await (await BuildContext.ReadAsync(build, Token)).HashAsync(bases, Token);

    private static async Task<List<TarEntry>> EntriesAsync(ImageBuild build)
    {
        await using var archive = await (await BuildContext.ReadAsync(build, Token)).OpenArchiveAsync(Token);
        await using var reader = new TarReader(archive);
        var entries = new List<TarEntry>();
        while (await reader.GetNextEntryAsync(copyData: true, Token) is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }

    [Fact]
    public async Task The_archive_holds_the_context_the_same_on_every_machine()
    {
        _directory.Write("Dockerfile", "FROM scratch\n");
        var script = _directory.Write("bin/run.sh", "#!/bin/sh\n");
        var secretive = _directory.Write("bin/data", "payload");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(secretive, UnixFileMode.UserRead);
            File.CreateSymbolicLink(Path.Combine(_directory.Path, "link"), "bin/data");
        }

        var entries = await EntriesAsync(Build);

        Assert.Equal(
            OperatingSystem.IsWindows() ? ["Dockerfile", "bin", "bin/data", "bin/run.sh"] : ["Dockerfile", "bin", "bin/data", "bin/run.sh", "link"],
            entries.Select(entry => entry.Name.TrimEnd('/')));
        Assert.All(entries, entry => Assert.Equal((0, 0, DateTimeOffset.UnixEpoch), (entry.Uid, entry.Gid, entry.ModificationTime)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(ReadableByAll, entries[2].Mode);
            Assert.Equal(
                ReadableByAll | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute,
                entries[3].Mode);
            Assert.Equal((TarEntryType.SymbolicLink, "bin/data"), (entries[4].EntryType, entries[4].LinkName));
        }

        using var content = new StreamReader(entries[2].DataStream!);
        Assert.Equal("payload", await content.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task What_is_ignored_stays_out_but_the_Dockerfile_does_not()
    {
        _directory.Write("Dockerfile", "FROM scratch\n");
        _directory.Write(".dockerignore", "Dockerfile\n# comment\n**/bin\n*.log\n!keep.log\ndocs/**\n!docs/README.md\n");
        _directory.Write("a.log", "");
        _directory.Write("keep.log", "");
        _directory.Write("src/bin/out", "");
        _directory.Write("src/code", "");
        _directory.Write("docs/guide/one.md", "");
        _directory.Write("docs/README.md", "");

        var context = await BuildContext.ReadAsync(Build, Token);

        Assert.Equal([".dockerfile", ".dockerignore", "docs", "docs/README.md", "keep.log", "src", "src/code"], context.Names);
        Assert.Equal(".dockerfile", context.DockerfileName);
    }

    [Fact]
    public async Task A_Dockerfile_outside_of_the_context_is_taken_along()
    {
        using var elsewhere = new TemporaryDirectory();
        _directory.Write("file", "");

        var context = await BuildContext.ReadAsync(Build with { Dockerfile = elsewhere.Write("Dockerfile", "FROM scratch\n") }, Token);

        Assert.Equal([".dockerfile", "file"], context.Names);
    }

    [Fact]
    public async Task The_hash_stands_for_all_that_goes_into_the_image_and_nothing_else()
    {
        _directory.Write("Dockerfile", "FROM debian\n");
        _directory.Write("file", "one");
        var build = Build with { BuildArguments = new Dictionary<string, string> { ["A"] = "1" } };
        var hash = await HashAsync(build, "sha256:1");

        Assert.Equal(hash, await HashAsync(build with { Repository = "another" }, "sha256:1"));
        File.SetLastWriteTimeUtc(Path.Combine(_directory.Path, "file"), DateTime.UnixEpoch);
        Assert.Equal(hash, await HashAsync(build, "sha256:1"));

        Assert.NotEqual(hash, await HashAsync(build, "sha256:2"));
        Assert.NotEqual(hash, await HashAsync(build with { Target = "stage" }, "sha256:1"));
        Assert.NotEqual(hash, await HashAsync(build with { BuildArguments = new Dictionary<string, string> { ["A"] = "2" } }, "sha256:1"));
        _directory.Write("file", "two");
        var changed = await HashAsync(build, "sha256:1");
        Assert.NotEqual(hash, changed);
        _directory.Write("another", "");
        Assert.NotEqual(changed, await HashAsync(build, "sha256:1"));
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        var noFile = await Assert.ThrowsAsync<EngineException>(() => BuildContext.ReadAsync(Build, Token));
        Assert.Equal($"Image 'demo' cannot be built: there is no Dockerfile '{Path.Combine(_directory.Path, "Dockerfile")}'.", noFile.Message);

        var nowhere = Path.Combine(_directory.Path, "none");
        var noDirectory = await Assert.ThrowsAsync<EngineException>(() => BuildContext.ReadAsync(Build with { ContextDirectory = nowhere }, Token));
        Assert.Equal($"Image 'demo' cannot be built: there is no directory '{nowhere}'.", noDirectory.Message);
    }

    [Fact]
    public void Files_for_a_container_keep_owner_group_and_mode()
    {
        using var archive = ContainerFilesArchive.Create(
        [
            new ContainerFileEntry("/etc/app/a.yml", "text"u8.ToArray(), UnixFileMode.UserRead, 101, 103),
            new ContainerFileEntry("/etc/app", null, UnixFileMode.UserRead | UnixFileMode.UserExecute, 101, 103),
        ]);
        using var reader = new TarReader(archive);
        var directory = reader.GetNextEntry()!;
        var file = reader.GetNextEntry(copyData: true)!;

        Assert.Equal((TarEntryType.Directory, "etc/app", 101, 103), (directory.EntryType, directory.Name.TrimEnd('/'), directory.Uid, directory.Gid));
        Assert.Equal((TarEntryType.RegularFile, "etc/app/a.yml", 101, 103), (file.EntryType, file.Name, file.Uid, file.Gid));
        Assert.Equal(UnixFileMode.UserRead, file.Mode);
        Assert.Equal("text", new StreamReader(file.DataStream!).ReadToEnd());
    }

    [Theory]
    [InlineData("relative/path")]
    [InlineData("/etc/../shadow")]
    [InlineData("/")]
    public void A_path_that_leads_elsewhere_is_refused(string path) =>
        Assert.Throws<EngineException>(() => ContainerFilesArchive.Create([new ContainerFileEntry(path, null, UnixFileMode.None)]));
}

using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>The built app host as a process of its own that is told to end before it is up.</summary>
[Trait("Category", "Engine")]
public sealed class InterruptedStartTests
{
    private const string Interrupt = "INT";
    private const string Terminate = "TERM";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Interrupt, "Hosting engine:")]
    [InlineData(Terminate, "Hosting engine:")]
    [InlineData(Interrupt, "etcd           Running")]
    [InlineData(Terminate, "data-node1     Running")]
    [InlineData(Interrupt, "data-node3     Running")]
    [InlineData(Interrupt, "haproxy        Running (Healthy)")]
    public Task While_containers_start_leaves_nothing(string signal, string line) => InterruptAsync(signal, line);

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task While_an_image_is_built_leaves_nothing(string signal)
    {
        // Another image underneath makes the images be built anew.
        string image = $"hapgaspire-test-base:{Guid.NewGuid():N}";
        string container = (await Engine.LinesAsync(Cancellation, "create", "debian:trixie-slim", "true"))[0];
        try
        {
            await Engine.LinesAsync(Cancellation, "commit", "--change", $"LABEL test={image}", container, image);
            string[] before = await Engine.LinesAsync(Cancellation, "ps", "--all", "--quiet", "--filter", $"ancestor={image}");
            await InterruptAsync(signal, "Building", $"--Cluster:BaseImage={image}");
            await Condition.ReachedAsync(async token => (await Engine.LinesAsync(token, "ps", "--all", "--quiet", "--filter", $"ancestor={image}")).Length == before.Length, Cancellation);
        }
        finally
        {
            await Engine.RunAsync(Engine.Command, ["rm", "--force", container], null, CancellationToken.None);
            await Engine.RunAsync(Engine.Command, ["image", "rm", "--force", image], null, CancellationToken.None);
        }
    }

    /// <summary>Where a registry has the image, it is pulled instead, and the build that follows is interrupted.</summary>
    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public Task While_the_base_image_is_made_leaves_nothing(string signal) =>
        InterruptAsync(signal, ["making it with mmdebstrap", "Building"], TimeSpan.FromSeconds(3), "--Cluster:BaseImage=debian:bookworm-slim");

    private static Task InterruptAsync(string signal, string line, params string[] arguments) => InterruptAsync(signal, [line], TimeSpan.Zero, arguments);

    private static async Task InterruptAsync(string signal, string[] lines, TimeSpan later, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Limit);

        // What the app host starts inherits its environment: the mark tells its processes, wherever they went.
        string mark = $"HAPGASPIRE_TEST_MARK={Guid.NewGuid():N}";
        string directory = Directory.CreateTempSubdirectory("hapgaspire-test-").FullName;
        try
        {
            // A shell starts its background jobs with SIGINT ignored, which all their children inherit: the tests may be one.
            string[] command = ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "HaPgAspire.AppHost.dll")];
            var start = new ProcessStartInfo("env", [.. command, .. TestCluster.AnyPorts, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment[mark.Split('=')[0]] = mark.Split('=')[1];
            start.Environment["TMPDIR"] = directory;
            using Process appHost = Process.Start(start)!;
            var reached = new TaskCompletionSource();
            Task<List<string>> output = ReadAsync(appHost.StandardOutput), error = ReadAsync(appHost.StandardError);
            try
            {
                await Task.WhenAny(reached.Task, output).WaitAsync(limit.Token);
                if (!reached.Task.IsCompleted)
                {
                    Assert.Fail($"The app host ended before: {string.Join(Environment.NewLine, await error)}");
                }

                await Task.Delay(later, limit.Token);
                Assert.Equal(0, (await Engine.RunAsync("kill", [$"-{signal}", appHost.Id.ToString(CultureInfo.InvariantCulture)], null, limit.Token)).ExitCode);
                await appHost.WaitForExitAsync(limit.Token);
            }
            finally
            {
                if (!appHost.HasExited)
                {
                    appHost.Kill(entireProcessTree: true);
                }
            }

            string everything = string.Join(Environment.NewLine, (List<string>)[.. await output, .. await error]);
            Assert.True(appHost.ExitCode == (signal == Interrupt ? 130 : 143), $"exit code {appHost.ExitCode}{Environment.NewLine}{everything}");
            Assert.DoesNotContain("   at ", everything, StringComparison.Ordinal);
            Assert.DoesNotContain(await error, line => line.StartsWith("error: ", StringComparison.Ordinal) || line.StartsWith("warning: ", StringComparison.Ordinal));
            await AssertNothingLeftAsync(appHost.Id, mark, directory);

            async Task<List<string>> ReadAsync(StreamReader reader)
            {
                List<string> read = [];
                while (await reader.ReadLineAsync(limit.Token) is { } line)
                {
                    read.Add(line);
                    if (lines.Any(wanted => line.Contains(wanted, StringComparison.Ordinal)))
                    {
                        reached.TrySetResult();
                    }
                }

                return read;
            }
        }
        finally
        {
            // Not by Directory.Delete: what a test finds left over may have a file system mounted in it.
            await Engine.RunAsync("rm", ["-rf", "--one-file-system", directory], null, CancellationToken.None);
        }
    }

    private static async Task AssertNothingLeftAsync(int processId, string mark, string directory)
    {
        string owner = string.Create(CultureInfo.InvariantCulture, $"label=hapgaspire.owner.pid={processId}");
        Assert.Empty(await Engine.LinesAsync(Cancellation, "ps", "--all", "--filter", owner, "--format", "{{.Names}} {{.Status}}"));
        Assert.Empty(await Engine.LinesAsync(Cancellation, "network", "ls", "--filter", owner, "--format", "{{.Name}}"));
        Assert.DoesNotContain(
            await Engine.LinesAsync(Cancellation, "volume", "ls", "--quiet", "--filter", "name=hapgaspire-session-"),
            volume => volume.Contains(string.Create(CultureInfo.InvariantCulture, $"-{processId}-"), StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)), process => HasMark(process, mark));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(directory), left => left.Contains("mmdebstrap", StringComparison.Ordinal));
    }

    private static bool HasMark(string process, string mark)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Split('\0').Contains(mark);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

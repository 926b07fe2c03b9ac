using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>What a person at the terminal gets to see: one sentence and an exit code.</summary>
[Trait("Category", "Engine")]
public sealed class ErrorTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData("--Cluster:Ttl=19", "Cluster:Ttl is 19 and must be 20 to 3600 seconds.")]
    [InlineData("--Cluster:LoopWait=0", "Cluster:LoopWait is 0 and must be 1 to 300 seconds.")]
    [InlineData("--Cluster:RetryTimeout=2", "Cluster:RetryTimeout is 2 and must be 3 to 300 seconds.")]
    [InlineData("--Cluster:RetryTimeout=10", "Cluster:LoopWait + 2 * Cluster:RetryTimeout is 1 + 2 * 10 = 21 seconds and must be at most Cluster:Ttl, which is 20 seconds.")]
    [InlineData("--Cluster:HAProxy:ReadOnlyPort=80", "Cluster:HAProxy:ReadOnlyPort is 80 and must be 0 (any free port) or 1024 to 65535.")]
    [InlineData("--Cluster:Scope=Not_Plain", "Cluster:Scope is 'Not_Plain' and must be 1 to 63 lower-case letters, digits, '-' or '_', starting with a letter.")]
    [InlineData("--Cluster:Etcd:Members=2", "Cluster:Etcd:Members is 2 and must be 1 or 3.")]
    [InlineData("--Cluster:Tll=30", "Cluster:Tll is not an option")]
    public async Task An_option_out_of_bounds_is_named_with_its_bounds(string argument, string sentence)
    {
        string error = await FailAsync(null, argument);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_option_that_moves_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        string error = await FailAsync(null, [.. TestCluster.AnyPorts, $"--Cluster:HAProxy:ReadOnlyPort={port}"]);
        Assert.Contains($"Port {port} of this machine is in use", error, StringComparison.Ordinal);
        Assert.Contains("--Cluster:HAProxy:ReadOnlyPort=", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task No_engine_is_said_so()
    {
        string error = await FailAsync(new() { ["DOCKER_HOST"] = "unix:///nowhere/docker.sock" }, [.. TestCluster.AnyPorts]);
        Assert.Contains("container engine", error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_base_image_that_is_not_to_be_had_is_said_so()
    {
        string error = await FailAsync(null, [.. TestCluster.AnyPorts, "--Cluster:BaseImage=hapgaspire.invalid/nothing:1"]);
        Assert.Contains("The base image hapgaspire.invalid/nothing:1 can be neither pulled", error, StringComparison.Ordinal);
        Assert.Contains("nor made here", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_base_image_that_cannot_be_made_to_its_end_is_not_there_afterwards()
    {
        const string Image = "debian:nosuchrelease-slim";
        string error = await FailAsync(null, [.. TestCluster.AnyPorts, $"--Cluster:BaseImage={Image}"]);
        Assert.Contains($"The base image {Image} can be neither pulled", error, StringComparison.Ordinal);
        Assert.Contains("mmdebstrap: ", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.NotEqual(0, (await Engine.RunAsync(Engine.Command, ["image", "inspect", Image], null, TestContext.Current.CancellationToken)).ExitCode);
    }

    [Fact]
    public async Task A_build_that_fails_shows_its_last_lines()
    {
        string image = $"hapgaspire-test-empty:{Guid.NewGuid():N}";
        string archive = Path.GetTempFileName();
        try
        {
            // An empty archive makes an image without a shell, in which no step of the build can run.
            await File.WriteAllBytesAsync(archive, new byte[10240], TestContext.Current.CancellationToken);
            await Engine.LinesAsync(TestContext.Current.CancellationToken, "import", archive, image);
            string error = await FailAsync(null, [.. TestCluster.AnyPorts, $"--Cluster:BaseImage={image}"]);
            Assert.Matches("(?i)building|build failed|failed to start; its last log lines", error);
            Assert.Contains("/bin/sh", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(archive);
            await Engine.RunAsync(Engine.Command, ["image", "rm", "--force", image], null, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_member_that_never_becomes_healthy_is_named_with_its_last_log_lines()
    {
        string error = await FailAsync(null, [.. TestCluster.AnyPorts, "--Cluster:StartupTimeout=20", "--Cluster:Postgres:Parameters:shared_preload_libraries=no_such_library"]);
        Assert.Matches("data-node[123] (did not become healthy within 20 s|ended with exit code)", error);
        Assert.Contains("its last log lines:", error, StringComparison.Ordinal);
    }

    private static async Task<string> FailAsync(Dictionary<string, string>? environment, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        string appHost = Path.Combine(AppContext.BaseDirectory, "HaPgAspire.AppHost.dll");
        Dictionary<string, string> variables = LaunchVariables.Make();
        foreach ((string name, string value) in environment ?? [])
        {
            variables[name] = value;
        }

        (int exitCode, string output, string error) = await Engine.RunAsync("dotnet", [appHost, .. arguments], variables, limit.Token);
        Assert.True(exitCode == 1, $"exit code {exitCode}{Environment.NewLine}{output}{Environment.NewLine}{error}");
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        return error;
    }
}

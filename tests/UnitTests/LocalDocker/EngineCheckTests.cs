using System.Net.Sockets;
using HaPgAspire.LocalHosting.Docker;
using HaPgAspire.UnitTests.Publishing;

namespace HaPgAspire.UnitTests.LocalDocker;

public sealed class EngineCheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_directory.Path, "engine.sock");

    public void Dispose() => _directory.Dispose();

    private static async Task<string> SentenceAsync(Uri endpoint)
    {
        await using var engine = DockerEngine.Connect(endpoint: endpoint);
        var message = (await Assert.ThrowsAsync<EngineUnavailableException>(() => engine.CheckAsync(Token))).Message;
        Assert.DoesNotContain('\n', message);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        return message;
    }

    [Fact]
    public async Task No_socket()
    {
        var sentence = await SentenceAsync(new Uri($"unix://{SocketPath}"));

        Assert.StartsWith($"No container engine: there is no socket {SocketPath}; install and start ", sentence, StringComparison.Ordinal);
        Assert.EndsWith(", or name another engine's socket in DOCKER_HOST.", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on()
    {
        using (var abandoned = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            abandoned.Bind(new UnixDomainSocketEndPoint(SocketPath));

            Assert.StartsWith(
                $"No container engine answers at {SocketPath} (connection refused); start it",
                await SentenceAsync(new Uri($"unix://{SocketPath}")),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_tcp_port_that_nobody_listens_on()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var endpoint = new Uri($"tcp://127.0.0.1:{((System.Net.IPEndPoint)reserved.LocalEndPoint!).Port}");

        Assert.StartsWith(
            $"No container engine answers at {endpoint.GetLeftPart(UriPartial.Authority)} (connection refused); start it",
            await SentenceAsync(endpoint),
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_permission()
    {
        var sentence = EngineErrors.NotReachable(
            new Uri("unix:///var/run/docker.sock"),
            new HttpRequestException("Connection failed", new SocketException((int)SocketError.AccessDenied))).Message;

        Assert.StartsWith("No permission to use the container engine at /var/run/docker.sock; ", sentence, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"sudo usermod -aG docker {Environment.UserName}", sentence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_permission_on_a_real_socket()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes.");
            return;
        }

        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        File.SetUnixFileMode(SocketPath, UnixFileMode.None);

        // Root may open every socket; without these two of its capabilities it is like anybody else.
        AppHostProcess.Result result = await AppHostProcess.RunAsync(
            new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{SocketPath}" },
            [],
            Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"error: No permission to use the container engine at {SocketPath}; ", result.Errors.TrimStart(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_is_too_old()
    {
        await using var old = new CannedEngine("""{"Version":"17.09","ApiVersion":"1.32","Os":"linux","Arch":"amd64"}""");

        Assert.StartsWith(
            $"The container engine at {old.Endpoint.LocalPath} speaks version 1.32 of Docker's API, but 1.40 is the least that works; update it",
            await SentenceAsync(old.Endpoint),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_for_Windows_containers()
    {
        await using var windows = new CannedEngine("""{"Version":"28.0.0","ApiVersion":"1.48","Os":"windows","Arch":"amd64"}""");

        Assert.Contains("switch it to Linux containers", await SentenceAsync(windows.Endpoint), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_that_is_no_engine()
    {
        await using var other = new CannedEngine("<html>");

        Assert.StartsWith($"The container engine at {other.Endpoint.LocalPath} cannot be used (", await SentenceAsync(other.Endpoint), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Podman_is_recognized()
    {
        await using var podman = new CannedEngine(
            """{"Components":[{"Name":"Podman Engine","Version":"5.4.2"}],"Version":"5.4.2","ApiVersion":"1.41","Os":"linux","Arch":"arm64"}""");
        await using var engine = DockerEngine.Connect(endpoint: podman.Endpoint);

        Assert.Equal(new EngineInfo("Podman", "5.4.2", "1.41", "linux", "arm64"), await engine.CheckAsync(Token));
    }

    [Fact]
    public void An_address_that_cannot_be_used()
    {
        var sentence = Assert.Throws<EngineUnavailableException>(() => DockerEngine.Connect(endpoint: new Uri("ssh://host"))).Message;

        Assert.StartsWith("The container engine's address cannot be used: ", sentence, StringComparison.Ordinal);
        Assert.EndsWith("; correct DOCKER_HOST or the docker context.", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("driver failed programming external connectivity on endpoint a (b): Bind for 127.0.0.1:5000 failed: port is already allocated")]
    [InlineData("driver failed programming external connectivity on endpoint a: Error starting userland proxy: listen tcp4 127.0.0.1:5000: bind: address already in use")]
    [InlineData("failed to set up container networking: failed to bind host port 127.0.0.1:5000/tcp: address already in use")]
    [InlineData("Ports are not available: exposing port TCP 127.0.0.1:5000 -> 127.0.0.1:0: listen tcp 127.0.0.1:5000: bind: address already in use")]
    [InlineData("rootlessport listen tcp 127.0.0.1:5000: bind: address already in use")]
    public void The_engines_words_for_a_taken_port_are_understood(string message)
    {
        Assert.True(EngineErrors.IsPortInUse(message));
        Assert.Equal(5000, EngineErrors.PortIn(message, [7000, 5000]));
        Assert.Equal(0, EngineErrors.PortIn(message, [7000]));
    }
}

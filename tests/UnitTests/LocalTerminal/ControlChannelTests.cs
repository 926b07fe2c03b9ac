using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HaPgAspire.LocalHosting.Terminal;
using HaPgAspire.UnitTests.LocalDocker;
using Microsoft.Extensions.Logging.Abstractions;

namespace HaPgAspire.UnitTests.LocalTerminal;

public sealed class ControlChannelTests : IAsyncDisposable
{
    // No process has it: Linux's ids end at 4194304.
    private const int DeadProcess = 2_000_000_000;

    private static readonly DateTimeOffset Started = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTarget _target = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly List<ControlServer> _servers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ControlDirectory Sockets => new(Path.Combine(_directory.Path, "run"));

    private string Project => Path.Combine(_directory.Path, "AppHost");

    private string Output => _output.ToString().TrimEnd('\n');

    private string Error => _error.ToString().TrimEnd('\n');

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _directory.Dispose();
    }

    private ControlServer Serve(string? project = null, int? processId = null)
    {
        var appHost = new AppHostInfo(Path.Combine(project ?? Project, "AppHost.csproj"), processId ?? Environment.ProcessId, Started);
        _servers.Add(ControlServer.Start(_target, appHost, NullLogger.Instance, Sockets));
        return _servers[^1];
    }

    private Task<int> RunAsync(params string[] arguments) => RunAsync(Token, arguments);

    private Task<int> RunAsync(CancellationToken cancellationToken, params string[] arguments) => ControlVerbs.RunAsync(
        arguments,
        new VerbContext(Project, Sockets, _output, _error, new TerminalStyle(Ansi: false, Unicode: true, Width: 120)),
        cancellationToken);

    [Theory]
    [InlineData(true, "resource", "x")]
    [InlineData(true, "describe")]
    [InlineData(true, "resources")]
    [InlineData(true, "logs")]
    [InlineData(true, "ps")]
    [InlineData(true, "stop")]
    [InlineData(false, "drill")]
    [InlineData(false, "--stop")]
    [InlineData(false)]
    public void Verbs_are_told_from_other_arguments(bool expected, params string[] arguments) => Assert.Equal(expected, ControlVerbs.IsVerb(arguments));

    [Fact]
    public async Task A_command_gets_its_arguments_and_gives_its_result()
    {
        (string, string, IReadOnlyDictionary<string, string?>)? executed = null;
        _target.OnExecute = (resource, command, arguments, _) =>
        {
            executed = (resource, command, arguments);
            return Task.FromResult(new CommandOutcome(true, Message: "Switched over.", Data: "data-node2 leads\non timeline 2"));
        };
        Serve();

        var exitCode = await RunAsync("resource", "POSTGRES", "switchover", "--candidate", "data-node2", "--apphost", Project, "--force", "--maximum-lag=1.5", "--mode", "fast");

        Assert.Equal((0, "data-node2 leads\non timeline 2", "Switched over."), (exitCode, Output, Error));
        Assert.Equal(("postgres", "switchover"), (executed!.Value.Item1, executed.Value.Item2));
        Assert.Equal(
            new Dictionary<string, string?> { ["candidate"] = "data-node2", ["force"] = "true", ["maximumLag"] = "1.5", ["mode"] = "fast" },
            executed.Value.Item3);
    }

    [Fact]
    public async Task A_failed_command_exits_with_its_reason()
    {
        Serve();
        _target.OnExecute = (_, _, _, _) => Task.FromResult(new CommandOutcome(false, Message: "no candidate", Data: "state"));
        Assert.Equal(16, await RunAsync("resource", "postgres", "list"));
        Assert.Equal(("state", "Command 'list' failed on resource 'postgres': no candidate"), (Output, Error));

        _error.GetStringBuilder().Clear();
        _target.OnExecute = (_, _, _, _) => Task.FromResult(new CommandOutcome(false, Canceled: true));
        Assert.Equal(16, await RunAsync("resource", "postgres", "list"));
        Assert.Equal("Command 'list' on resource 'postgres' was cancelled.", Error);

        _error.GetStringBuilder().Clear();
        _target.OnExecute = (_, _, _, _) => throw new InvalidOperationException("it broke");
        Assert.Equal(16, await RunAsync("resource", "postgres", "list"));
        Assert.Equal("it broke", Error);
    }

    [Theory]
    [InlineData(1, "A resource is missing: resource <resource> <command>.", "resource")]
    [InlineData(1, "A command is missing: resource <resource> <command>.", "resource", "postgres")]
    [InlineData(7, "There is no resource 'nothing'; there are data-node1, postgres.", "resource", "nothing", "list")]
    [InlineData(16, "Resource 'postgres' has no command 'explode'; it has list, reinitialize, switchover.", "resource", "postgres", "explode")]
    [InlineData(16, "Command 'resume' of resource 'postgres' cannot be run while its state is 'Running'; these can: list, reinitialize, switchover.", "resource", "postgres", "resume")]
    [InlineData(1, "Command 'list' doesn't know '--all'; it takes no options.", "resource", "postgres", "list", "--all")]
    [InlineData(1, "Command 'switchover' doesn't know '--to'; it takes --candidate, --maximum-lag, --force, --mode.", "resource", "postgres", "switchover", "--to", "x")]
    [InlineData(1, "Option '--candidate' needs a value.", "resource", "postgres", "switchover", "--candidate")]
    [InlineData(1, "Option '--maximum-lag' cannot be 'little'; expected a number.", "resource", "postgres", "switchover", "--maximumLag", "little")]
    [InlineData(1, "Option '--mode' cannot be 'slow'; allowed are fast, smart.", "resource", "postgres", "switchover", "--mode", "slow")]
    [InlineData(1, "Required options were not provided: '--member', '--from'.", "resource", "postgres", "reinitialize")]
    [InlineData(1, "Required option '--from' was not provided.", "resource", "postgres", "reinitialize", "--member", "x")]
    [InlineData(1, "Option '--nonsense' is not known. --help shows what there is.", "describe", "--nonsense")]
    [InlineData(1, "Argument 'b' is one too many. --help shows what there is.", "logs", "a", "b")]
    [InlineData(1, "The --tail value must be a positive number.", "logs", "--tail", "0")]
    [InlineData(1, "--format cannot be 'xml'; expected table or json.", "describe", "--format", "xml")]
    [InlineData(1, "--all and --apphost exclude each other.", "stop", "--all", "--apphost", "1")]
    [InlineData(7, "There is no resource 'nothing'; there are data-node1, postgres.", "logs", "nothing")]
    public async Task What_cannot_be_done_is_said(int exitCode, string message, params string[] arguments)
    {
        _target.OnExecute = (_, _, _, _) => throw new InvalidOperationException("must not be reached");
        Serve();

        Assert.Equal((exitCode, message, ""), (await RunAsync(arguments), Error, Output));
    }

    [Fact]
    public async Task Ctrl_C_cancels_the_command()
    {
        var running = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        _target.OnExecute = async (_, _, _, cancellationToken) =>
        {
            await using var registration = cancellationToken.Register(cancelled.SetResult);
            running.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new CommandOutcome(true);
        };
        Serve();
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var verb = RunAsync(interrupt.Token, "resource", "postgres", "list");
        await running.Task.WaitAsync(Token);
        await interrupt.CancelAsync();

        Assert.Equal(130, await verb);
        await cancelled.Task.WaitAsync(Token);
    }

    [Theory]
    [InlineData("/src/My.AppHost", "/src/My.AppHost")]
    [InlineData("/src/My.AppHost/My.AppHost.csproj", "/src/My.AppHost")]
    public void An_app_host_is_known_by_its_directory(string path, string directory) =>
        Assert.Equal(directory, new AppHostInfo(path, 1, Started).Directory);

    [Fact]
    public async Task No_app_host_is_running()
    {
        Assert.Equal(7, await RunAsync("describe"));
        Assert.Equal($"No app host is running; start one with: dotnet run --project {Project}", Error);
    }

    [Fact]
    public async Task The_project_of_the_verb_decides_and_apphost_overrides()
    {
        var other = Path.Combine(_directory.Path, "Other");
        Serve(other);
        Assert.Equal(7, await RunAsync("describe"));
        Assert.Equal(
            $"No app host of '{Project}' is running; pick another one with --apphost: {Environment.ProcessId} ({Path.Combine(other, "AppHost.csproj")})",
            Error);

        Assert.Equal(0, await RunAsync("describe", "--apphost", other));
        Assert.Equal(0, await RunAsync("describe", "--project", $"{Environment.ProcessId}"));
        Serve();
        Assert.Equal(0, await RunAsync("describe"));

        // The same project twice: no process but this one is certainly alive, so the second one's id is its parent's.
        Serve(Project, 1);
        _error.GetStringBuilder().Clear();
        Assert.Equal(7, await RunAsync("describe"));
        Assert.StartsWith("Several app hosts are running; pick one with --apphost and its process id: ", Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("describe", "--apphost", "1"));
        _error.GetStringBuilder().Clear();
        Assert.Equal(7, await RunAsync("describe", "--apphost", "99999"));
        Assert.StartsWith("No app host is running for '99999'; these are: ", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_app_hosts_are_listed_and_the_sockets_of_dead_ones_removed()
    {
        Assert.Equal(0, await RunAsync("ps"));
        Assert.Equal("No app host is running.", Error);
        var server = Serve();
        var stale = Sockets.SocketOf(Project, DeadProcess);
        using (var abandoned = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            abandoned.Bind(new UnixDomainSocketEndPoint(stale));
            Assert.Equal(2, Sockets.Sockets().Count);

            Assert.Equal(0, await RunAsync("ps", "--format", "json"));
        }

        var json = JsonDocument.Parse(Output).RootElement;
        Assert.Equal(1, json.GetArrayLength());
        Assert.Equal(Path.Combine(Project, "AppHost.csproj"), json[0].GetProperty("appHostPath").GetString());
        Assert.Equal(Environment.ProcessId, json[0].GetProperty("appHostPid").GetInt32());
        Assert.Equal("running", json[0].GetProperty("status").GetString());
        Assert.False(File.Exists(stale));

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("ps"));
        Assert.Contains($"│ {Environment.ProcessId} ", Output, StringComparison.Ordinal);
        await server.DisposeAsync();
        Assert.Empty(Sockets.Sockets());
    }

    [Fact]
    public void Only_the_user_can_reach_the_socket()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes.");
            return;
        }

        Serve();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Sockets.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Sockets.Sockets())));

        File.SetUnixFileMode(Sockets.Path, File.GetUnixFileMode(Sockets.Path) | UnixFileMode.OtherExecute);
        Assert.Throws<IOException>(() => Serve());
    }

    [Fact]
    public async Task Describe_shows_the_visible_resources()
    {
        Serve();

        Assert.Equal(0, await RunAsync("describe"));

        Assert.Equal(
            """
            ╭──────────────┬────────────────┬─────────┬─────────┬────────────────┬───────────────────────────────╮
            │ Resource     │ Type           │ State   │ Health  │ Details        │ Endpoints                     │
            ├──────────────┼────────────────┼─────────┼─────────┼────────────────┼───────────────────────────────┤
            │ postgres     │ PatroniCluster │ Running │ Healthy │                │                               │
            │   data-node1 │ Container      │ Running │ Healthy │ leader · lag 0 │ http://127.0.0.1:32768 (rest) │
            ╰──────────────┴────────────────┴─────────┴─────────┴────────────────┴───────────────────────────────╯
            """,
            Output);
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("describe", "--include-hidden"));
        Assert.Contains("secret", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_writes_the_JSON_of_the_Aspire_command_line()
    {
        Serve();

        Assert.Equal(0, await RunAsync("describe", "data-node1", "--format", "json"));

        var node = Assert.Single(JsonDocument.Parse(Output).RootElement.GetProperty("resources").EnumerateArray());
        Assert.Equal("data-node1", node.GetProperty("name").GetString());
        Assert.Equal("Container", node.GetProperty("resourceType").GetString());
        Assert.Equal("Running", node.GetProperty("state").GetString());
        Assert.Equal("Healthy", node.GetProperty("healthStatus").GetString());
        Assert.Equal("http://127.0.0.1:32768", node.GetProperty("urls")[0].GetProperty("url").GetString());
        Assert.False(node.GetProperty("urls")[0].TryGetProperty("isInternal", out _));
        Assert.True(node.GetProperty("urls")[1].GetProperty("isInternal").GetBoolean());
        Assert.Equal("leader", node.GetProperty("properties").GetProperty("patroni.role").GetString());
        Assert.Equal("postgres", node.GetProperty("relationships")[0].GetProperty("resourceName").GetString());
    }

    [Fact]
    public async Task Describe_follows_until_the_app_host_ends()
    {
        var server = Serve();
        var node = _target.Rows[1];

        // Two changes that look the same are one line.
        _target.Change(node with { StartedAt = Started });
        _target.Change(node with { State = "Exited", Health = null, ExitCode = 137, Urls = [], Properties = [] });
        _target.Change(_target.Rows[2] with { State = "Exited" });
        var lines = new LineWatch("[data-node1] Exited (137)");
        var verb = ControlVerbs.RunAsync(
            ["describe", "--follow"],
            new VerbContext(Project, Sockets, lines, _error, new TerminalStyle(false, true, 120)),
            Token);
        await lines.Seen.WaitAsync(Token);
        await server.DisposeAsync();

        Assert.Equal(0, await verb);
        Assert.Equal(
            ["[postgres] Running (Healthy)", "[data-node1] Running (Healthy) leader · lag 0 - http://127.0.0.1:32768 (rest)", "[data-node1] Exited (137)"],
            lines.Lines);
        Assert.Equal("The app host has stopped.", Error);
        await _target.FollowCancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task Logs_are_shown_with_their_resource_and_cannot_steer_the_terminal()
    {
        Serve();

        Assert.Equal(0, await RunAsync("logs"));
        Assert.Equal("[data-node1] one\n[data-node1] two red\n[postgres] three", Output);

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("logs", "data-node1", "--timestamps", "--format", "json"));
        var logs = JsonDocument.Parse(Output).RootElement.GetProperty("logs");
        Assert.Equal(2, logs.GetArrayLength());
        Assert.Equal("2026-01-02T03:04:05.000Z", logs[0].GetProperty("timestamp").GetString());
        Assert.True(logs[1].GetProperty("isError").GetBoolean());

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, await RunAsync("logs", "-n", "1"));
        Assert.Equal("[postgres] three", Output);
    }

    [Fact]
    public async Task Following_logs_begins_with_the_last_lines_and_repeats_none()
    {
        Serve();
        _target.Log(new LogRow("data-node1", "four"));
        _target.EndLogs();

        Assert.Equal(0, await RunAsync("logs", "data-node1", "--follow", "--tail", "1"));

        Assert.Equal("[data-node1] two red\n[data-node1] four", Output);
    }

    [Fact]
    public async Task Stop_asks_the_app_host_to_stop()
    {
        // The socket is named after a process that doesn't exist: nothing is left to wait for once it has answered.
        Serve(processId: DeadProcess);

        Assert.Equal(0, await RunAsync("stop"));

        Assert.True(_target.StopRequested.Task.IsCompletedSuccessfully);
        Assert.EndsWith($"(PID {DeadProcess}) stopped.", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_needs_no_app_host()
    {
        Assert.Equal(0, await RunAsync("logs", "--help"));

        Assert.StartsWith("Shows the resources' console output.\n\n  logs [<resource>] [options]\n", Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("--timestamps", Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense\n")]
    [InlineData("{\"verb\":\"fly\"}\n")]
    public async Task A_request_that_makes_no_sense_is_refused(string request)
    {
        Serve();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Sockets.Sockets()[0]), Token);
        await socket.SendAsync(Encoding.UTF8.GetBytes(request), Token);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);

        Assert.Equal("""{"kind":"Error","error":"The app host doesn't understand the request."}""", (await reader.ReadLineAsync(Token))!.Replace("\\u0027", "'", StringComparison.Ordinal));
        Assert.Null(await reader.ReadLineAsync(Token));
    }
}

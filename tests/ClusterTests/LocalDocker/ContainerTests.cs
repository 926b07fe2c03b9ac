using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.ClusterTests.LocalDocker;

[Trait("Category", "Engine")]
public sealed class ContainerTests : IAsyncDisposable
{
    private readonly EngineFixture _fixture = new();

    private static CancellationToken Token => EngineFixture.Token;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task The_engine_says_what_it_is()
    {
        var info = await _fixture.Engine.CheckAsync(Token);

        Assert.True(info.Name is "Docker" or "Podman", info.Name);
        Assert.True(Version.Parse(info.ApiVersion) >= new Version(1, 40), info.ApiVersion);
        Assert.Equal("linux", info.OperatingSystem);
    }

    [Fact]
    public async Task Everything_in_the_spec_reaches_the_container()
    {
        var volume = await _fixture.VolumeAsync("data");
        var directory = _fixture.Context("");
        var script = """
            echo "env=$GREETING"; echo "args=$0 $1"; echo "user=$(id -u):$(id -g)"; echo "host=$(hostname)"
            stat -c 'file=%u:%g:%a' /etc/app/settings.yml; cat /etc/app/settings.yml; echo
            stat -c 'directory=%u:%g:%a' /var/empty-one
            touch /volume/x && echo volume-writable
            touch /bind/x 2>/dev/null || echo bind-read-only
            grep -c ' /scratch tmpfs ' /proc/mounts
            grep '^CapEff' /proc/self/status
            grep '10.1.2.3' /etc/hosts | tr '\t' ' '
            """;
        var (exitCode, output) = await _fixture.OutputOfAsync(_fixture.Shell("spec", script) with
        {
            Arguments = ["-c", script, "zero", "one"],
            Environment = new Dictionary<string, string> { ["GREETING"] = "hello = world" },
            Mounts =
            [
                new ContainerMount(ContainerMountKind.Volume, volume, "/volume"),
                new ContainerMount(ContainerMountKind.Bind, directory, "/bind", ReadOnly: true),
            ],
            Files =
            [
                new ContainerFileEntry("/etc/app/settings.yml", "scope: demo"u8.ToArray(), UnixFileMode.UserRead | UnixFileMode.OtherRead, 101, 103),
                new ContainerFileEntry("/var/empty-one", null, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, 101, 103),
            ],
            ExtraHosts = ["elsewhere:10.1.2.3"],
            RuntimeArguments = ["--cap-drop", "ALL", "--hostname=named", "--tmpfs", "/scratch:size=1m"],
        });

        Assert.Equal(0, exitCode);
        Assert.Equal(
            """
            env=hello = world
            args=zero one
            user=0:0
            host=named
            file=101:103:404
            scope: demo
            directory=101:103:700
            volume-writable
            bind-read-only
            1
            CapEff:	0000000000000000
            10.1.2.3 elsewhere
            """,
            output);
    }

    [Fact]
    public async Task Containers_of_a_network_find_each_other_by_alias()
    {
        var network = await _fixture.NetworkAsync("net");
        Assert.Equal(
            await _fixture.Engine.EnsureNetworkAsync(network, _fixture.Labels, Token),
            await _fixture.Engine.EnsureNetworkAsync(network, _fixture.Labels, Token));
        var server = await _fixture.RunAsync(_fixture.Shell("server", "sleep 60") with { Network = network, NetworkAliases = ["data-node1"] });

        var (exitCode, output) = await _fixture.OutputOfAsync(_fixture.Shell("client", "getent hosts data-node1") with { Network = network });

        Assert.Equal(0, exitCode);
        Assert.StartsWith(server.Address!, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dynamic_port_is_published_on_the_loopback_address_only()
    {
        var status = await _fixture.RunAsync(_fixture.Shell("port", "sleep 60") with { Ports = [new PublishedPort(5432)] });

        var bound = Assert.Single(status.Ports);
        Assert.Equal((5432, "tcp", "127.0.0.1"), (bound.ContainerPort, bound.Protocol, bound.HostIp));
        Assert.InRange(bound.HostPort, 1024, 65535);
    }

    [Fact]
    public async Task A_port_of_another_container_is_named_with_its_holder()
    {
        var first = await _fixture.RunAsync(_fixture.Shell("holder", "sleep 60") with { Ports = [new PublishedPort(5432)] });
        var id = await _fixture.CreateAsync(_fixture.Shell("late", "sleep 60") with { Ports = [new PublishedPort(5432, first.Ports[0].HostPort)] });

        var taken = await Assert.ThrowsAsync<PortInUseException>(() => _fixture.Engine.StartContainerAsync(id, Token));

        Assert.Equal(first.Ports[0].HostPort, taken.Port);
        Assert.Equal(
            $"Port {taken.Port}, which container '{_fixture.Prefix}-late' publishes, is in use by container '{_fixture.Prefix}-holder'; stop that, or choose another port.",
            taken.Message);
    }

    [Fact]
    public async Task A_port_of_another_process_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var id = await _fixture.CreateAsync(_fixture.Shell("late", "sleep 60") with { Ports = [new PublishedPort(5432, port)] });

        var taken = await Assert.ThrowsAsync<PortInUseException>(() => _fixture.Engine.StartContainerAsync(id, Token));

        Assert.Equal(port, taken.Port);
    }

    [Fact]
    public async Task An_exit_is_reported_when_it_happens()
    {
        var status = await _fixture.RunAsync(_fixture.Shell("exits", "exit 7"));
        Assert.Equal(7, await _fixture.Engine.WaitForExitAsync(status.Id, Token));

        var sleeper = await _fixture.RunAsync(_fixture.Shell("sleeps", "exec sleep 60"));
        var waiting = _fixture.Engine.WaitForExitAsync(sleeper.Id, Token);
        await _fixture.Engine.KillContainerAsync(sleeper.Id, Token);
        Assert.Equal(137, await waiting);

        // The second run of the same container must not be ended by the first one's event.
        await _fixture.Engine.StartContainerAsync(sleeper.Id, Token);
        var again = _fixture.Engine.WaitForExitAsync(sleeper.Id, Token);
        await Assert.ThrowsAsync<TimeoutException>(() => again.WaitAsync(TimeSpan.FromMilliseconds(300), Token));
        await _fixture.Engine.KillContainerAsync(sleeper.Id, Token, "SIGTERM");
        await _fixture.Engine.KillContainerAsync(sleeper.Id, Token);
        Assert.Equal(137, await again);
    }

    [Fact]
    public async Task Waiting_for_a_removed_container_ends_with_an_error()
    {
        var status = await _fixture.RunAsync(_fixture.Shell("removed", "exec sleep 60"));
        var other = await _fixture.CreateAsync(_fixture.Shell("never", "true"));
        await _fixture.Engine.RemoveContainerAsync(other, Token);
        await Assert.ThrowsAsync<ContainerGoneException>(() => _fixture.Engine.WaitForExitAsync(other, Token));

        var waiting = _fixture.Engine.WaitForExitAsync(status.Id, Token);
        await _fixture.Engine.RemoveContainerAsync(status.Id, Token);

        // Its process is killed first; which of the two is reported first is the engine's affair.
        var outcome = await Record.ExceptionAsync(() => waiting);
        Assert.True(outcome is null or ContainerGoneException, outcome?.ToString());
    }

    [Fact]
    public async Task Stop_waits_no_longer_than_its_time_and_repeats_without_error()
    {
        var status = await _fixture.RunAsync(_fixture.Shell("stubborn", "trap '' TERM; sleep 60 & wait; sleep 60"));
        var clock = Stopwatch.StartNew();

        await _fixture.Engine.StopContainerAsync(status.Id, TimeSpan.FromSeconds(1), Token);

        // By itself it would end after 60 s.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 59);
        Assert.Equal("exited", (await _fixture.Engine.InspectContainerAsync(status.Id, Token))!.Status);
        await _fixture.Engine.StopContainerAsync(status.Id, TimeSpan.FromSeconds(1), Token);
        await _fixture.Engine.KillContainerAsync(status.Id, Token);
        await _fixture.Engine.RemoveContainerAsync(status.Id, Token);
        await _fixture.Engine.RemoveContainerAsync(status.Id, Token);
        Assert.Null(await _fixture.Engine.InspectContainerAsync(status.Id, Token));
        await Assert.ThrowsAsync<ContainerGoneException>(() => _fixture.Engine.StartContainerAsync(status.Id, Token));
    }

    [Fact]
    public async Task Logs_are_followed_line_by_line_from_both_streams()
    {
        var status = await _fixture.RunAsync(_fixture.Shell("logs", "echo grüße; sleep 0.2; echo bad >&2; sleep 0.2; echo last; printf 'no end'"));
        var lines = new List<ContainerLogLine>();
        await foreach (var line in _fixture.Engine.ReadLogsAsync(status.Id, new LogOptions(Follow: true, Timestamps: true), Token))
        {
            lines.Add(line);
        }

        // The engine reads the two streams on their own: only within each is the order certain.
        Assert.Equal(["grüße", "last"], lines.Where(line => !line.IsError).Select(line => line.Text).Take(2));
        Assert.Equal(["bad"], lines.Where(line => line.IsError).Select(line => line.Text));
        var last = lines.Single(line => line.Text == "last").Timestamp;
        Assert.All(lines, line => Assert.InRange(line.Timestamp!.Value, status.StartedAt!.Value.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(1)));

        var since = new List<ContainerLogLine>();
        await foreach (var line in _fixture.Engine.ReadLogsAsync(status.Id, new LogOptions(Timestamps: true, Since: last), Token))
        {
            since.Add(line);
        }

        // Following may miss an unterminated last line (an engine race); reading the log afterwards does not.
        Assert.Equal(["last", "no end"], since.Where(line => !line.IsError).TakeLast(2).Select(line => line.Text));
        Assert.All(since, line => Assert.True(line.Timestamp >= last, line.ToString()));
        await Assert.ThrowsAsync<ContainerGoneException>(async () =>
        {
            await foreach (var line in _fixture.Engine.ReadLogsAsync("hapgtest-none", new LogOptions(), Token))
            {
                Assert.Fail(line.Text);
            }
        });
    }

    [Fact]
    public async Task A_name_that_is_taken_is_reported_in_one_sentence()
    {
        await _fixture.CreateAsync(_fixture.Shell("twin", "true"));

        var refused = await Assert.ThrowsAsync<EngineException>(() => _fixture.CreateAsync(_fixture.Shell("twin", "true")));

        Assert.StartsWith($"Creating container '{_fixture.Prefix}-twin' failed: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("already in use", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leftovers_of_a_dead_app_host_are_removed_and_nothing_else()
    {
        // On a machine of its own: an app host that another test starts meanwhile sweeps too.
        var self = AppHostIdentity.Current with { Machine = _fixture.Prefix };
        using var dead = Process.Start(new ProcessStartInfo("true") { UseShellExecute = false })!;
        var start = AppHostIdentity.StartOf(dead.Id) ?? "0";
        await dead.WaitForExitAsync(Token);
        var left = new Dictionary<string, string>((self with { ProcessId = dead.Id, ProcessStart = start }).Labels);
        var leftNetwork = await _fixture.NetworkAsync("dead", left);
        var leftVolume = await _fixture.VolumeAsync("dead", left);
        var leftover = await _fixture.RunAsync(_fixture.Shell("dead", "exec sleep 60") with
        {
            Labels = left,
            Network = leftNetwork,
            Mounts = [new ContainerMount(ContainerMountKind.Volume, leftVolume, "/volume")],
        });
        var elsewhere = await _fixture.CreateAsync(_fixture.Shell("elsewhere", "true") with
        {
            Labels = new Dictionary<string, string>((self with { ProcessId = dead.Id, Machine = "another" }).Labels),
        });
        var mine = await _fixture.RunAsync(_fixture.Shell("mine", "exec sleep 60") with { Labels = new Dictionary<string, string>(self.Labels) });
        var persistent = await _fixture.VolumeAsync("kept", new Dictionary<string, string> { ["hapgtest"] = "kept" });

        var report = await _fixture.Engine.SweepAsync(self, Token);

        Assert.Equal(new SweepReport(Containers: 1, Networks: 1, Volumes: 1), report);
        Assert.Null(await _fixture.Engine.InspectContainerAsync(leftover.Id, Token));
        Assert.NotNull(await _fixture.Engine.InspectContainerAsync(elsewhere, Token));
        Assert.True((await _fixture.Engine.InspectContainerAsync(mine.Id, Token))!.Running);
        var (_, volumes) = await _fixture.OutputOfAsync(_fixture.Shell("look", "ls -d /kept") with
        {
            Mounts = [new ContainerMount(ContainerMountKind.Volume, persistent, "/kept")],
        });
        Assert.Equal("/kept", volumes);
    }
}

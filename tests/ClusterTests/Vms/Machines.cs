using System.Diagnostics;
using System.Formats.Tar;
using System.Text.Json;
using HaPgAspire.ClusterTests.Publishing;
using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>
/// The machines of an inventory: containers that run systemd as their first process, on a network of their own that leads nowhere else. They get nothing but
/// the published files, by cloud-init or from an operator's machine over SSH.
/// </summary>
internal sealed class Machines : IAsyncDisposable
{
    private const string Operator = "operator";
    private const string Administrator = "admin";

    private readonly string _prefix = $"hapg-vms-{Guid.NewGuid():N}"[..16];
    private readonly List<string> _containers = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("hapg-vms-").FullName;

    private Machines(VmInventory inventory, VmCluster cluster)
    {
        Inventory = inventory;
        Cluster = cluster;
    }

    public VmInventory Inventory { get; private set; }

    public VmCluster Cluster { get; private set; }

    public IReadOnlyList<string> DataNodes => [.. Inventory.With(VmRole.Data).Select(machine => machine.Name)];

    public IReadOnlyDictionary<string, string> Secrets => File.ReadLines(Path.Combine(_folder, "secrets.env"))
        .Where(line => !line.StartsWith('#'))
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Makes a network, publishes to a new folder and creates the machines, switched off.</summary>
    public static async Task<Machines> CreateAsync(Func<string, VmInventory> inventory, ClusterOptions options, CancellationToken cancellationToken)
    {
        string image = await ImageAsync(cancellationToken);
        var cluster = new VmCluster { Scope = "postgres", Options = options, Databases = ["appdb"] };
        var machines = new Machines(new VmInventory { Machines = [] }, cluster);
        try
        {
            string network = await machines.CreateNetworkAsync(cancellationToken);
            machines.Inventory = inventory(network);
            await machines.PublishAsync(cancellationToken);
            await machines.CreateOperatorAsync(image, cancellationToken);
            foreach (VmMachine machine in machines.Inventory.Machines)
            {
                await machines.CreateMachineAsync(image, machine.Name, machine.Address, cancellationToken);
            }

            return machines;
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }
    }

    public static VmInventory OnDebian(string network, string? virtualAddress, params (string Name, int Host, VmRole[] Roles)[] machines) => new()
    {
        System = VmOperatingSystem.Debian13,
        Packages = VmPackageSource.Distribution,
        VirtualAddress = virtualAddress,
        Machines = [.. machines.Select(machine => new VmMachine { Name = machine.Name, Address = $"{network}.{machine.Host}", Roles = machine.Roles })],
    };

    /// <summary>What clients check the servers by.</summary>
    public string Authority => Path.Combine(_folder, "certificates", "ca.crt");

    /// <summary>Runs a published script on the operator's machine.</summary>
    public Task<CommandResult> OperateAsync(string script, CancellationToken cancellationToken, params string[] arguments) => TryAsync(
        Operator,
        cancellationToken,
        // What root writes there is for whoever runs the test.
        ["sh", "-c", "\"$@\"; status=$?; chown --recursive --reference \"$0\" \"$0\"; exit $status", _folder, Path.Combine(_folder, script), .. arguments]);

    public string Address(string name) => Inventory.Machines.Single(machine => machine.Name == name).Address;

    public Task PublishAsync(CancellationToken cancellationToken) => VmPublisher.PublishAsync(Cluster, Inventory, generateSecrets: true, _folder, cancellationToken);

    public Task PublishAsync(ClusterOptions options, CancellationToken cancellationToken)
    {
        Cluster = Cluster with { Options = options };
        return PublishAsync(cancellationToken);
    }

    /// <summary>Switches a machine on, and waits until it has booted.</summary>
    public async Task PowerOnAsync(string name, CancellationToken cancellationToken)
    {
        await DockerCommand.RunAsync(cancellationToken, "start", Container(name));
        await BootedAsync(name, cancellationToken);
        await AuthorizeAsync(name, cancellationToken);
    }

    /// <summary>Waits until systemd has started everything that it means to start; nothing may have failed. It is asked again only until it can be asked.</summary>
    public async Task BootedAsync(string name, CancellationToken cancellationToken)
    {
        string state = await AwaitAsync(
            TimeSpan.FromMinutes(5),
            async () => (await TryAsync(name, cancellationToken, "systemctl", "is-system-running", "--wait")).Output.Trim(),
            state => state is "running" or "degraded",
            state => $"{name} to boot (it is '{state}')",
            cancellationToken);
        Assert.True(state == "running", $"{name} has failed units:\n{(await TryAsync(name, cancellationToken, "systemctl", "--failed", "--no-pager")).All}");
    }

    /// <summary>Shuts a machine down in order and starts it again.</summary>
    public async Task RebootAsync(string name, CancellationToken cancellationToken)
    {
        await DockerCommand.RunAsync(cancellationToken, "restart", "--time", "90", Container(name));
        await BootedAsync(name, cancellationToken);
    }

    /// <summary>Pulls the plug.</summary>
    public Task PowerOffAsync(string name, CancellationToken cancellationToken) => DockerCommand.RunAsync(cancellationToken, "kill", "--signal", "KILL", Container(name));

    /// <summary>Throws a machine away and makes a bare one with the same name and address.</summary>
    public async Task ReplaceAsync(string name, CancellationToken cancellationToken)
    {
        await DockerCommand.RunAsync(cancellationToken, "rm", "--force", "--volumes", Container(name));
        _containers.Remove(Container(name));
        await CreateMachineAsync(await ImageAsync(cancellationToken), name, Address(name), cancellationToken);
        await PowerOnAsync(name, cancellationToken);
    }

    /// <summary>A machine on the same network that is no part of the cluster.</summary>
    public async Task<string> StrangerAsync(CancellationToken cancellationToken)
    {
        const string Name = "stranger";
        await CreateMachineAsync(await ImageAsync(cancellationToken), Name, $"{Address(DataNodes[0])[..Address(DataNodes[0]).LastIndexOf('.')]}.200", cancellationToken);
        await PowerOnAsync(Name, cancellationToken);
        return Name;
    }

    /// <summary>Puts the machine's cloud-init files where a cloud, or a hypervisor's seed disk, would.</summary>
    public async Task SeedAsync(string name, CancellationToken cancellationToken)
    {
        CommandResult completed = await OperateAsync("deploy.sh", cancellationToken, "user-data", name);
        Assert.True(completed.ExitCode == 0, completed.All);
        string folder = Path.Combine(_folder, "machines", name);
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            await writer.WriteEntryAsync(Path.Combine(folder, "user-data.complete"), "var/lib/cloud/seed/nocloud/user-data", cancellationToken);
            await writer.WriteEntryAsync(Path.Combine(folder, "meta-data"), "var/lib/cloud/seed/nocloud/meta-data", cancellationToken);
        }

        archive.Position = 0;
        CommandResult result = await DockerCommand.TryAsync(archive, cancellationToken, "cp", "-", $"{Container(name)}:/");
        Assert.True(result.ExitCode == 0, result.All);
    }

    /// <summary>Runs the published deploy.sh on the operator's machine.</summary>
    public Task<CommandResult> DeployAsync(string verb, CancellationToken cancellationToken, params string[] arguments) =>
        OperateAsync("deploy.sh", cancellationToken, [verb, "--user", Administrator, .. arguments]);

    public Task<CommandResult> InstallAsync(string name, CancellationToken cancellationToken, params string[] arguments) =>
        DeployAsync("install", cancellationToken, arguments.Length == 0 ? [name] : [name, "--", .. arguments]);

    /// <summary>Runs the installer on all machines at once, and wants it to succeed on all.</summary>
    /// <returns>What it said on each machine.</returns>
    public async Task<IReadOnlyDictionary<string, string>> InstallAllAsync(CancellationToken cancellationToken)
    {
        CommandResult result = await DeployAsync("install", cancellationToken, "--", "--wait", "180");
        Assert.True(result.ExitCode == 0, $"deploy.sh install\n{result.All}");
        return Inventory.Machines.ToDictionary(
            machine => machine.Name,
            machine => string.Join('\n', result.All.Split('\n').Where(line => line.StartsWith(machine.Name + ": ", StringComparison.Ordinal))));
    }

    /// <summary>Verifies all machines, and wants every check to pass.</summary>
    public async Task VerifyAllAsync(CancellationToken cancellationToken)
    {
        CommandResult result = await DeployAsync("verify", cancellationToken);
        Assert.True(result.ExitCode == 0, $"deploy.sh verify\n{result.All}");
        foreach (VmMachine machine in Inventory.Machines)
        {
            Assert.Contains($"{machine.Name}: all checks passed", result.Output, StringComparison.Ordinal);
        }
    }

    public Task<CommandResult> TryAsync(string name, CancellationToken cancellationToken, params string[] command) =>
        DockerCommand.TryAsync(null, cancellationToken, ["exec", Container(name), .. command]);

    public async Task<string> RunAsync(string name, CancellationToken cancellationToken, params string[] command)
    {
        CommandResult result = await TryAsync(name, cancellationToken, command);
        Assert.True(result.ExitCode == 0, $"{name}: {string.Join(' ', command)}: exit code {result.ExitCode}\n{result.All}");
        return result.Output.Trim();
    }

    /// <summary>SQL on a machine itself, as the superuser through the local socket.</summary>
    public async Task<string> SqlAsync(string name, string sql, CancellationToken cancellationToken)
    {
        CommandResult result = await TrySqlAsync(name, sql, cancellationToken);
        Assert.True(result.ExitCode == 0, $"{name}: {sql}: exit code {result.ExitCode}\n{result.All}");
        return result.Output.Trim();
    }

    /// <summary>The members as a running data node sees them: name, role, state, timeline.</summary>
    public async Task<IReadOnlyList<Member>> MembersAsync(CancellationToken cancellationToken)
    {
        foreach (string name in DataNodes)
        {
            CommandResult result = await TryAsync(name, cancellationToken, "/usr/local/sbin/hapg", "list", "--format", "json");
            if (result.ExitCode == 0 && result.Output.StartsWith('['))
            {
                using var document = JsonDocument.Parse(result.Output);
                return [.. document.RootElement.EnumerateArray().Select(member => new Member(
                    member.GetProperty("Member").GetString()!,
                    member.GetProperty("Role").GetString()!,
                    member.GetProperty("State").GetString()!,
                    member.TryGetProperty("TL", out JsonElement timeline) && timeline.ValueKind == JsonValueKind.Number ? timeline.GetInt32() : null))];
            }
        }

        return [];
    }

    /// <summary>
    /// Waits until there is a running leader, these others stream on its timeline, and the leader counts on these and no others for its commits, in
    /// PostgreSQL and in etcd. Before that a second failure finds nobody who may be promoted, and writes wait.
    /// </summary>
    /// <returns>The leader.</returns>
    public async Task<string> WholeAsync(IReadOnlyCollection<string> members, CancellationToken cancellationToken)
    {
        (IReadOnlyList<Member> seen, _) = await AwaitAsync(
            TimeSpan.FromSeconds(120),
            async () => await ViewAsync(cancellationToken),
            view => IsWhole(view.Members, view.Standbys, members),
            view => $"{string.Join(", ", members)} to form a whole cluster (seen: {string.Join("; ", view.Members)}, synchronous_standby_names '{view.Standbys}')",
            cancellationToken);
        return seen.Single(member => member.Role == Member.Leader).Name;
    }

    public Task<string> WholeAsync(CancellationToken cancellationToken) => WholeAsync(DataNodes, cancellationToken);

    /// <summary>Asks until the answer is as it should be.</summary>
    public static async Task<T> AwaitAsync<T>(TimeSpan limit, Func<Task<T>> ask, Func<T, bool> done, Func<T, string> wanted, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            T answer = await ask();
            if (done(answer))
            {
                return answer;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < limit, $"Waited {limit.TotalSeconds} s for {wanted(answer)}.");
            await Task.Delay(200, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Also when the test was cancelled: what it made goes away.
        if (_containers.Count > 0)
        {
            await DockerCommand.TryAsync(null, CancellationToken.None, ["rm", "--force", "--volumes", .. _containers]);
        }

        await DockerCommand.TryAsync(null, CancellationToken.None, "network", "rm", _prefix);
        Directory.Delete(_folder, recursive: true);
    }

    private Task<CommandResult> TrySqlAsync(string name, string sql, CancellationToken cancellationToken) => TryAsync(
        name, cancellationToken, "setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql, "postgres");

    private async Task<(IReadOnlyList<Member> Members, string Standbys)> ViewAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Member> members = await MembersAsync(cancellationToken);
        if (members.FirstOrDefault(member => member is { Role: Member.Leader, State: "running" }) is not { } leader)
        {
            return (members, "");
        }

        CommandResult standbys = await TrySqlAsync(leader.Name, "SHOW synchronous_standby_names", cancellationToken);
        return (members, standbys.Output.Trim());
    }

    private static bool IsWhole(IReadOnlyList<Member> seen, string standbys, IReadOnlyCollection<string> members)
    {
        Member? leader = seen.FirstOrDefault(member => member is { Role: Member.Leader, State: "running" });
        return leader is not null
            && members.Contains(leader.Name)
            && members.Where(name => name != leader.Name).All(name => Named(name) && seen.Any(
                member => member.Name == name && member is { Role: Member.Synchronous, State: "streaming" } && member.Timeline == leader.Timeline))
            && !seen.Any(member => !members.Contains(member.Name) && (member.Role == Member.Synchronous || Named(member.Name)));

        bool Named(string name) => standbys.Contains($"\"{name}\"", StringComparison.Ordinal);
    }

    private string Container(string name) => $"{_prefix}-{name}";

    // The first free one of some random networks: no two runs meet, and none meets the host's own.
    private async Task<string> CreateNetworkAsync(CancellationToken cancellationToken)
    {
        CommandResult? last = null;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            string network = $"10.{Random.Shared.Next(200, 250)}.{Random.Shared.Next(0, 256)}";
            last = await DockerCommand.TryAsync(null, cancellationToken, "network", "create", "--internal", "--subnet", $"{network}.0/24", _prefix);
            if (last.ExitCode == 0)
            {
                return network;
            }
        }

        Assert.Fail($"No network could be made: {last?.All}");
        return "";
    }

    private async Task CreateMachineAsync(string image, string name, string address, CancellationToken cancellationToken)
    {
        _containers.Add(Container(name));
        await DockerCommand.RunAsync(
            cancellationToken,
            "create", "--name", Container(name), "--hostname", name, "--network", _prefix, "--ip", address,
            "--cgroupns", "private", "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--cap-add", "NET_RAW",
            "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
            "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp", "--stop-signal", "SIGRTMIN+3", image);
    }

    private static Task<string> ImageAsync(CancellationToken cancellationToken) => TestImage.EnsureAsync("hapgaspire-machine", "Vms/Machine", cancellationToken);

    // Where the published folder is, with a key to the machines; their host keys are new each time.
    private async Task CreateOperatorAsync(string image, CancellationToken cancellationToken)
    {
        _containers.Add(Container(Operator));
        await DockerCommand.RunAsync(
            cancellationToken,
            "run", "--detach", "--name", Container(Operator), "--hostname", Operator, "--network", _prefix, "--volume", $"{_folder}:{_folder}", image, "sleep", "infinity");
        await RunAsync(
            Operator,
            cancellationToken,
            "sh", "-c",
            "ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 && printf 'Host *\n StrictHostKeyChecking accept-new\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n' >/root/.ssh/config");
    }

    // As a cloud does for the key that a machine is made with.
    private async Task AuthorizeAsync(string name, CancellationToken cancellationToken)
    {
        string key = await RunAsync(Operator, cancellationToken, "cat", "/root/.ssh/id_ed25519.pub");
        await RunAsync(name, cancellationToken, "sh", "-c", $"umask 077 && printf '%s\n' '{key}' >/home/{Administrator}/.ssh/authorized_keys && chown {Administrator}: /home/{Administrator}/.ssh/authorized_keys");
    }

    internal sealed record Member(string Name, string Role, string State, int? Timeline)
    {
        public const string Leader = "Leader";
        public const string Synchronous = "Quorum Standby";
    }
}

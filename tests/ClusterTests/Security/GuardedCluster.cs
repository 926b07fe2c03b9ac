using System.Text.Json;
using HaPgAspire.ClusterTests.Cluster;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>
/// A running cluster whose passwords and parameters are as nasty as they may be, and a container of somebody else on its network. Each password would do
/// something if a shell, psql or a configuration file read it as anything but text.
/// </summary>
public sealed class GuardedCluster : IAsyncLifetime
{
    public const string Name = "A guarded cluster";

    /// <summary>What the passwords would make, in whatever folder they were executed.</summary>
    public const string Trace = "hapg-injected";

    // Nowhere else on the machine, and in no way escaped: what is searched for afterwards.
    private static readonly string Mark = "mk" + Guid.NewGuid().ToString("N")[..10];

    private string? _stranger;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public TestCluster Cluster { get; private set; } = null!;

    /// <summary>The nasty prefix of PostgreSQL's log lines; no password.</summary>
    public static string LogLinePrefix => $"%m '\"\\ $(touch /tmp/{Trace}) `touch /tmp/{Trace}` #; ü ";

    /// <summary>The password of each purpose.</summary>
    public static IReadOnlyDictionary<string, string> Passwords { get; } = new Dictionary<string, string>
    {
        // Stands in connection strings: no semicolon.
        ["password"] = $"${{HOME}} $(touch /tmp/{Trace}) '\"\\ %s # ü=数 {MarkOf("app")}",
        ["replication-password"] = $"'; DROP ROLE app; -- \"$HOME\":\\:`touch /tmp/{Trace}`;# {MarkOf("replication")}",
        ["rewind-password"] = $" :'x' \\gexec \\! touch /tmp/{Trace} ;{MarkOf("rewind")} ",
        ["monitoring-password"] = $"$$\\x27' || pg_sleep(9) || '{MarkOf("monitoring")}\\",
        ["rest-password"] = $"a:b \"{{}}\" [- ü] %2F+&= {MarkOf("rest")}",
        ["statistics-password"] = $"\"; ${{PATH}} $(touch /tmp/{Trace}) # \\' :x {MarkOf("statistics")}",
    };

    public static string MarkOf(string purpose) => Mark + purpose;

    public async ValueTask InitializeAsync()
    {
        Cluster = await TestCluster.StartAsync(
            Cancellation,
            [.. Passwords.Select(password => $"--Parameters:postgres-{password.Key}={password.Value}"), $"--Cluster:Postgres:Parameters:log_line_prefix={LogLinePrefix}"]);
        await Cluster.AwaitWholeAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stranger is { } stranger)
        {
            await Engine.RunAsync(Engine.Command, ["rm", "--force", stranger], null, CancellationToken.None);
        }

        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }

    /// <summary>The names of all container resources.</summary>
    public IEnumerable<string> Containers =>
        [.. Cluster.Resource.Nodes.Select(node => node.Name), .. Cluster.Resource.Etcd.Members.Select(member => member.Name), Cluster.Resource.HAProxy!.Name];

    /// <summary>The id of a resource's container.</summary>
    public async Task<string> IdAsync(string resource)
    {
        ResourceEvent running = await Cluster.AwaitAsync(
            resource, change => TestCluster.Property(change, "container.id") is not null && change.Snapshot.State?.Text == KnownResourceStates.Running, Cancellation);
        return TestCluster.Property(running, "container.id")!;
    }

    /// <summary>What the engine says about a resource's container.</summary>
    public async Task<JsonElement> InspectAsync(string resource)
    {
        using var document = JsonDocument.Parse(string.Concat(await Engine.LinesAsync(Cancellation, "inspect", await IdAsync(resource))));
        return document.RootElement[0].Clone();
    }

    /// <summary>Runs a command in a resource's container, as its user unless another one is given.</summary>
    public async Task<string> ExecuteAsync(string resource, string command, string? user = null)
    {
        string[] arguments = ["exec", .. user is null ? [] : (string[])["--user", user], await IdAsync(resource), "/bin/bash", "-c", command];
        (int exitCode, string output, string error) = await Engine.RunAsync(Engine.Command, arguments, null, Cancellation);
        Assert.True(exitCode == 0, error);
        return output;
    }

    /// <summary>Runs SQL as the superuser, who comes in by the socket of the node alone, and returns the lines of the answer.</summary>
    public async Task<string[]> SuperuserAsync(string node, string sql, string database = "postgres")
    {
        (int exitCode, string output, string error) = await Engine.RunAsync(
            Engine.Command,
            ["exec", await IdAsync(node), "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host", "/run/postgresql", "--username", "postgres", "--dbname", database, "--command", sql],
            null,
            Cancellation);
        Assert.True(exitCode == 0, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Runs a Python program in a container that is on the cluster's network and no part of the cluster; it reads its input as JSON and writes JSON.</summary>
    public async Task<JsonElement> AsStrangerAsync(string program, object input)
    {
        if (_stranger is null)
        {
            JsonElement node = await InspectAsync("data-node1");
            string network = node.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject().First().Name;
            string image = node.GetProperty("Image").GetString()!;
            _stranger = Assert.Single(await Engine.LinesAsync(Cancellation, "run", "--detach", "--init", "--network", network, "--entrypoint", "/bin/sleep", image, "3600"));
        }

        return await PythonAsync(["exec", "--interactive", _stranger], program, input);
    }

    /// <summary>Runs a Python program with the network of the host that the engine runs on.</summary>
    public async Task<JsonElement> OnHostAsync(string program, object input)
    {
        string image = (await InspectAsync("data-node1")).GetProperty("Image").GetString()!;
        return await PythonAsync(["run", "--rm", "--interactive", "--network", "host", "--entrypoint", "/usr/bin/env", image], program, input);
    }

    private static async Task<JsonElement> PythonAsync(IEnumerable<string> container, string program, object input)
    {
        (int exitCode, string output, string error) = await Engine.RunAsync(
            Engine.Command, [.. container, "python3", "-c", program], null, Cancellation, JsonSerializer.Serialize(input));
        Assert.True(exitCode == 0, error);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}

[CollectionDefinition(GuardedCluster.Name, DisableParallelization = true)]
public sealed class GuardedClusterGroup : ICollectionFixture<GuardedCluster>;

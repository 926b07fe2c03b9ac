using System.Text.Json;
using HaPgAspire.ClusterTests.Vms;
using Npgsql;

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>The repository's graph, published by its own app host and run with docker compose under a project name of its own.</summary>
internal sealed class ComposeApplication : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hapg-compose-").FullName;
    private readonly string _tool;

    private ComposeApplication(string tool) => _tool = tool;

    public string Project { get; } = $"hapg-{Guid.NewGuid():N}"[..16];

    public string Folder => Path.Combine(_folder, "compose");

    /// <summary>Publishes to a new folder, with passwords, free ports and a runtime image that is there.</summary>
    public static async Task<ComposeApplication> PublishAsync(CancellationToken cancellationToken)
    {
        var application = new ComposeApplication(await TestImage.EnsureAsync("hapgaspire-test-compose", "Publishing/ComposeTool", cancellationToken));
        try
        {
            string image = await RuntimeImage.EnsureAsync(cancellationToken);
            await PublishedAppHost.PublishAsync(
                "publish-compose", application._folder, cancellationToken, "--Publish:GenerateSecrets=true", $"--Publish:Compose:ProjectName={application.Project}");
            await application.SetAsync(
                new Dictionary<string, string>
                {
                    ["DOTNET_IMAGE"] = image,
                    ["HAPROXY_TCP_PORT"] = "0",
                    ["HAPROXY_READ_ONLY_PORT"] = "0",
                    ["HAPROXY_STATISTICS_PORT"] = "0",
                    ["PROBE_HTTP_PORT"] = "0",
                },
                cancellationToken);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>docker compose</c> in the published folder.</summary>
    public async Task<string> ComposeAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        CommandResult result = await TryComposeAsync(cancellationToken, arguments);
        Assert.True(result.ExitCode == 0, $"docker compose {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.All}");
        return result.Output.Trim();
    }

    public Task<CommandResult> TryComposeAsync(CancellationToken cancellationToken, params string[] arguments) => DockerCommand.TryAsync(
        null,
        cancellationToken,
        [
            "run", "--rm", "--network", "none",
            "--volume", "/var/run/docker.sock:/var/run/docker.sock", "--volume", $"{Folder}:{Folder}:ro", "--workdir", Folder,
            _tool, .. arguments,
        ]);

    /// <summary>What <c>patronictl list</c> shows on a node: name, role, state and timeline of each member.</summary>
    public async Task<IReadOnlyList<(string Name, string Role, string State, int Timeline)>> MembersAsync(string node, CancellationToken cancellationToken)
    {
        CommandResult result = await DockerCommand.TryAsync(null, cancellationToken, "exec", Container(node), "patronictl", "-c", "/etc/patroni/patroni.yml", "list", "-f", "json");
        if (result.ExitCode != 0)
        {
            return [];
        }

        using JsonDocument members = JsonDocument.Parse(result.Output);
        return
        [
            .. members.RootElement.EnumerateArray().Select(member => (
                member.GetProperty("Member").GetString()!,
                member.GetProperty("Role").GetString()!,
                member.GetProperty("State").GetString()!,
                member.TryGetProperty("TL", out JsonElement timeline) && timeline.TryGetInt32(out int number) ? number : 0)),
        ];
    }

    /// <summary>Asks a node's own PostgreSQL, past HAProxy.</summary>
    public Task<string> QueryNodeAsync(string node, string sql, CancellationToken cancellationToken) =>
        DockerCommand.RunAsync(cancellationToken, "exec", Container(node), "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql, "postgres");

    /// <summary>A client of the front door on the host.</summary>
    public async Task<NpgsqlDataSource> ConnectAsync(int port, string database, CancellationToken cancellationToken) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = await HostPortAsync("haproxy", port, cancellationToken),
        Username = "app",
        Password = await ValueAsync("POSTGRES_PASSWORD", cancellationToken),
        Database = database,
        SslMode = SslMode.VerifyFull,
        RootCertificate = await AuthorityAsync(cancellationToken),
        Timeout = 5,
        CommandTimeout = 15,
    }.ConnectionString);

    /// <summary>The port of the host that a port of a service is published on; always on loopback.</summary>
    public async Task<int> HostPortAsync(string service, int port, CancellationToken cancellationToken)
    {
        string address = await DockerCommand.RunAsync(cancellationToken, "port", Container(service), $"{port}/tcp");
        Assert.StartsWith("127.0.0.1:", address, StringComparison.Ordinal);
        return int.Parse(address["127.0.0.1:".Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What clients check the servers by, as the README says to get it; fetched once.</summary>
    public async Task<string> AuthorityAsync(CancellationToken cancellationToken)
    {
        string path = Path.Combine(_folder, "ca.crt");
        if (!File.Exists(path))
        {
            await DockerCommand.RunAsync(cancellationToken, "cp", $"{Container("haproxy")}:/etc/haproxy/tls/ca.crt", path);
        }

        return path;
    }

    public string Container(string service) => $"{Project}-{service}-1";

    public async Task<string> ValueAsync(string variable, CancellationToken cancellationToken) =>
        (await File.ReadAllLinesAsync(Path.Combine(Folder, ".env"), cancellationToken)).Single(line => line.StartsWith(variable + "=", StringComparison.Ordinal))[(variable.Length + 1)..];

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Folder, "docker-compose.yaml")))
        {
            await TryComposeAsync(CancellationToken.None, "down", "--volumes", "--rmi", "all", "--timeout", "5");
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task SetAsync(Dictionary<string, string> values, CancellationToken cancellationToken)
    {
        string path = Path.Combine(Folder, ".env");
        string[] lines = await File.ReadAllLinesAsync(path, cancellationToken);
        foreach ((string name, string value) in values)
        {
            int index = Array.FindIndex(lines, line => line.StartsWith(name + "=", StringComparison.Ordinal));
            Assert.True(index >= 0, $".env has no {name}");
            lines[index] = $"{name}={value}";
        }

        await File.WriteAllLinesAsync(path, lines, cancellationToken);
    }
}

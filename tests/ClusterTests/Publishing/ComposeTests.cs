using System.Text.Json;
using HaPgAspire.ClusterTests.Cluster;
using HaPgAspire.ClusterTests.Vms;
using Npgsql;

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>The published compose application really runs: the drill's story, with <c>docker compose stop</c> in place of a stopped resource.</summary>
[Collection(OwnClusterGroup.Name)]
public sealed class ComposeTests
{
    private static readonly string[] Nodes = ["data-node1", "data-node2", "data-node3"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passes_the_drill_and_keeps_its_data()
    {
        Assert.SkipUnless(await DockerCommand.AnswersAsync(Token), "No container engine answers.");
        await using ComposeApplication application = await ComposeApplication.PublishAsync(Token);
        await application.ComposeAsync(Token, "config", "--quiet");
        await application.ComposeAsync(Token, "up", "--build", "--detach", "--wait", "--wait-timeout", "300");

        // List the members.
        string leader = await WholeAsync(application, Nodes);
        await HardenedAsync(application);
        await EncryptedAsync(application);
        await ProbeAnswersAsync(application);

        // Stop two leaders one after the other, and write in between.
        await CreateDatabaseAsync(application, "test");
        await using NpgsqlDataSource appdb = await application.ConnectAsync(5000, "appdb", Token);
        await using AcknowledgedWrites writes = await AcknowledgedWrites.StartAsync(appdb, Token);
        var stopped = new List<string>();
        foreach (string database in new[] { "test1", "test3" })
        {
            await application.ComposeAsync(Token, "stop", leader);
            stopped.Add(leader);
            leader = await WholeAsync(application, [.. Nodes.Except(stopped)]);
            await CreateDatabaseAsync(application, database);
            await writes.FlowAsync(5, Token);
        }

        // Start both again: they stream on the last timeline, and every node has every database.
        await application.ComposeAsync(Token, ["start", .. stopped]);
        await WholeAsync(application, Nodes);
        await writes.FlowAsync(5, Token);
        Assert.Empty(await writes.LostAsync(Token));
        await EveryNodeHasAsync(application, "appdb", "test", "test1", "test3");
        await ReadOnlyAsync(application);
        await RenewsCertificatesAsync(application, leader);

        // The containers go, the data stays.
        await application.ComposeAsync(Token, "down");
        await application.ComposeAsync(Token, "up", "--detach", "--wait", "--wait-timeout", "300");
        await WholeAsync(application, Nodes);
        await EveryNodeHasAsync(application, "appdb", "test", "test1", "test3");

        await application.ComposeAsync(Token, "down", "--volumes");
        Assert.Empty(await DockerCommand.RunAsync(Token, "ps", "--all", "--quiet", "--filter", $"label=com.docker.compose.project={application.Project}"));
        Assert.Empty(await DockerCommand.RunAsync(Token, "volume", "ls", "--quiet", "--filter", $"label=com.docker.compose.project={application.Project}"));
        Assert.Empty(await DockerCommand.RunAsync(Token, "network", "ls", "--quiet", "--filter", $"label=com.docker.compose.project={application.Project}"));
    }

    [Fact]
    public async Task Without_passwords_nothing_starts()
    {
        Assert.SkipUnless(await DockerCommand.AnswersAsync(Token), "No container engine answers.");
        await using ComposeApplication application = await ComposeApplication.PublishAsync(Token);
        string path = Path.Combine(application.Folder, ".env");
        string[] lines = await File.ReadAllLinesAsync(path, Token);
        await File.WriteAllLinesAsync(path, lines.Select(line => line.StartsWith("POSTGRES_REWIND_PASSWORD=", StringComparison.Ordinal) ? "POSTGRES_REWIND_PASSWORD=" : line), Token);

        CommandResult result = await application.TryComposeAsync(Token, "config", "--quiet");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("POSTGRES_REWIND_PASSWORD", result.All, StringComparison.Ordinal);
        Assert.Contains("has no value in .env", result.All, StringComparison.Ordinal);
    }

    /// <summary>Waits until one of the running nodes leads and the others stream on its timeline, counted for commits; gives the leader.</summary>
    private static async Task<string> WholeAsync(ComposeApplication application, string[] running)
    {
        IReadOnlyList<(string Name, string Role, string State, int Timeline)> members = await Machines.AwaitAsync(
            Limit,
            () => application.MembersAsync(running[0], Token),
            members =>
            {
                var ours = members.Where(member => running.Contains(member.Name)).ToList();
                var leaders = ours.Where(member => member.Role == "Leader" && member.State == "running").ToList();
                return ours.Count == running.Length
                    && leaders is [var leader]
                    && ours.Where(member => member != leader).All(member => member is { Role: "Quorum Standby", State: "streaming" } && member.Timeline == leader.Timeline)
                    // Who was stopped counts no more: only then may the next one be.
                    && members.Where(member => !running.Contains(member.Name)).All(member => member.Role != "Quorum Standby");
            },
            members => $"{string.Join(", ", running)} to be a cluster, which shows {string.Join("; ", members)}",
            Token);
        return members.Single(member => member.Role == "Leader").Name;
    }

    private static Task<bool> CreateDatabaseAsync(ComposeApplication application, string database) => Machines.AwaitAsync(
        Limit,
        async () =>
        {
            try
            {
                await using NpgsqlDataSource frontDoor = await application.ConnectAsync(5000, "postgres", Token);
                await using NpgsqlCommand command = frontDoor.CreateCommand($"CREATE DATABASE {database}");
                await command.ExecuteNonQueryAsync(Token);
                return true;
            }
            catch (PostgresException exists) when (exists.SqlState == PostgresErrorCodes.DuplicateDatabase)
            {
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        },
        done => done,
        _ => $"CREATE DATABASE {database} through the front door",
        Token);

    private static async Task EveryNodeHasAsync(ComposeApplication application, params string[] databases)
    {
        foreach (string node in Nodes)
        {
            await Machines.AwaitAsync(
                Limit,
                () => application.QueryNodeAsync(node, "SELECT datname FROM pg_database", Token),
                names => databases.All(database => names.Split('\n').Contains(database)),
                names => $"{node} to have {string.Join(", ", databases)}; it has {names.ReplaceLineEndings(", ")}",
                Token);
        }
    }

    private static async Task ReadOnlyAsync(ComposeApplication application)
    {
        await using NpgsqlDataSource readOnly = await application.ConnectAsync(5001, "appdb", Token);
        await using NpgsqlCommand recovery = readOnly.CreateCommand("SELECT pg_is_in_recovery()");
        Assert.Equal(true, await OpenDoor.AskAsync(async () => (await recovery.ExecuteScalarAsync(Token))!, Token));
        await using NpgsqlCommand write = readOnly.CreateCommand("CREATE TABLE refused (id integer)");
        PostgresException refusal = await OpenDoor.RefusalAsync(() => write.ExecuteNonQueryAsync(Token), Token);
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refusal.SqlState);
    }

    private static async Task ProbeAnswersAsync(ComposeApplication application)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        int port = await application.HostPortAsync("probe", 8080, Token);
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/alive"), Token);
        Assert.True(answer.IsSuccessStatusCode, answer.ToString());

        // It reaches every component, and checks each one's certificate on the way.
        await Machines.AwaitAsync(
            Limit,
            async () =>
            {
                using JsonDocument topology = JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/api/topology"), Token));
                return (
                    topology.RootElement.GetProperty("nodes").EnumerateArray().Count(node => node.GetProperty("reachable").ValueKind == JsonValueKind.True),
                    topology.RootElement.GetProperty("etcd").EnumerateArray().Count(member => member.GetProperty("healthy").ValueKind == JsonValueKind.True));
            },
            seen => seen == (3, 1),
            seen => $"the probe to reach three nodes and etcd; it reaches {seen}",
            Token);
    }

    // Nobody gets in without TLS, nobody with another authority; whoever gets in has TLS 1.3, the replicas too.
    private static async Task EncryptedAsync(ComposeApplication application)
    {
        await using NpgsqlDataSource frontDoor = await application.ConnectAsync(5000, "postgres", Token);
        await using NpgsqlCommand own = frontDoor.CreateCommand("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        Assert.Equal("TLSv1.3", await OpenDoor.AskAsync(async () => (await own.ExecuteScalarAsync(Token))!, Token));
        Assert.Equal(
            "2",
            (await application.QueryNodeAsync(
                await WholeAsync(application, Nodes), "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_replication USING (pid) WHERE ssl AND version = 'TLSv1.3'", Token)).Trim());

        var plain = new NpgsqlConnectionStringBuilder(frontDoor.ConnectionString)
        {
            Password = await application.ValueAsync("POSTGRES_PASSWORD", Token),
            SslMode = SslMode.Disable,
            RootCertificate = null,
            Pooling = false,
        };
        await using var refused = new NpgsqlConnection(plain.ConnectionString);
        PostgresException refusal = await OpenDoor.RefusalAsync(() => refused.OpenAsync(Token), Token);
        Assert.Equal(PostgresErrorCodes.InvalidAuthorizationSpecification, refusal.SqlState);

        foreach (string service in Nodes.Append("etcd").Append("haproxy").Append("probe"))
        {
            string directory = service switch { "etcd" => "/etc/etcd/tls", "haproxy" => "/etc/haproxy/tls", "probe" => "/etc/hapgaspire/tls", _ => "/etc/patroni/tls" };
            string files = await DockerCommand.RunAsync(Token, "exec", application.Container(service), "sh", "-c", $"ls {directory}; stat -c %a {directory}/*.pem | sort -u; [ -r {directory}/ca.crt ] && [ ! -w {directory}/ca.crt ] && echo kept");
            Assert.DoesNotContain("ca.key", files, StringComparison.Ordinal);
            Assert.EndsWith("600\nkept", files, StringComparison.Ordinal);
        }
    }

    // As the README says.
    private static async Task RenewsCertificatesAsync(ComposeApplication application, string leader)
    {
        string before = await FingerprintAsync(leader);
        await application.ComposeAsync(Token, "run", "--rm", "certificates", "--renew");
        await application.ComposeAsync(Token, ["kill", "--signal", "HUP", .. Nodes]);
        await application.ComposeAsync(Token, "kill", "--signal", "USR2", "haproxy");
        await Machines.AwaitAsync(Limit, () => FingerprintAsync(leader), now => now != before, _ => $"{leader} to show its new certificate", Token);
        await WholeAsync(application, Nodes);
        await CreateDatabaseAsync(application, "renewed");

        Task<string> FingerprintAsync(string node) => DockerCommand.RunAsync(
            Token,
            "exec", application.Container(node), "bash", "-c",
            "openssl s_client -starttls postgres -verify_return_error -verify_hostname localhost -CAfile /etc/patroni/tls/ca.crt -connect 127.0.0.1:5432 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint");
    }

    private static async Task HardenedAsync(ComposeApplication application)
    {
        foreach (string service in Nodes.Append("etcd").Append("haproxy").Append("probe"))
        {
            using JsonDocument inspected = JsonDocument.Parse(await DockerCommand.RunAsync(Token, "inspect", application.Container(service)));
            JsonElement container = inspected.RootElement[0];
            JsonElement host = container.GetProperty("HostConfig");
            Assert.NotEqual("root", container.GetProperty("Config").GetProperty("User").GetString() is { Length: > 0 } user ? user : "root");
            Assert.True(host.GetProperty("ReadonlyRootfs").GetBoolean(), service);
            Assert.Equal("ALL", host.GetProperty("CapDrop")[0].GetString());
            Assert.Equal("no-new-privileges:true", host.GetProperty("SecurityOpt")[0].GetString());
            Assert.True(service == "probe" || host.GetProperty("PidsLimit").GetInt64() > 0, service);
            Assert.Equal("unless-stopped", host.GetProperty("RestartPolicy").GetProperty("Name").GetString());

            // Each was healthy once, or `up --wait` had failed; on a busy machine it may not be for a moment.
            await Machines.AwaitAsync(
                Limit,
                () => DockerCommand.RunAsync(Token, "inspect", "--format", "{{.State.Health.Status}}", application.Container(service)),
                health => health.Trim() == "healthy",
                health => $"{service} to be healthy (it is {health.Trim()})",
                Token);
        }
    }
}

using System.Text.Json;
using HaPgAspire.ClusterTests.Cluster;
using Npgsql;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>Passwords work exactly as they were given, are executed by nobody, and are nowhere but where they are needed.</summary>
[Collection(GuardedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class SecretTests(GuardedCluster guarded)
{
    private static readonly string[] Purposes = ["app", "replication", "rewind", "monitoring", "rest", "statistics"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_application_logs_in_with_exactly_its_password()
    {
        var settings = new NpgsqlConnectionStringBuilder(await guarded.Cluster.ConnectionStringAsync("appdb", Cancellation));
        Assert.Equal(GuardedCluster.Passwords["password"], settings.Password);
        Assert.Equal("app", await TestCluster.QueryAsync(settings.ConnectionString, "SELECT current_user::text", Cancellation));
        Assert.Equal(GuardedCluster.LogLinePrefix, await TestCluster.QueryAsync(settings.ConnectionString, "SHOW log_line_prefix", Cancellation));
    }

    [Fact]
    public async Task A_replica_whose_leader_was_killed_streams_again_with_exactly_the_given_passwords()
    {
        string leader = await guarded.Cluster.AwaitWholeAsync(Cancellation);
        await guarded.Cluster.ExecuteAsync(leader, "kill", Cancellation);
        await guarded.Cluster.AwaitStateAsync(leader, KnownResourceStates.TerminalStates, Cancellation);
        await guarded.Cluster.AwaitOtherLeaderAsync(leader, Cancellation);
        await guarded.Cluster.ExecuteAsync(leader, "start", Cancellation);
        await guarded.Cluster.AwaitWholeAsync(Cancellation);
    }

    [Fact]
    public async Task Nothing_that_a_password_or_a_parameter_says_was_executed()
    {
        await guarded.Cluster.AwaitWholeAsync(Cancellation);
        foreach (string container in guarded.Containers)
        {
            Assert.Equal(string.Empty, await guarded.ExecuteAsync(container, $"find / -not -path '/proc/*' -name '{GuardedCluster.Trace}*' 2>/dev/null || true"));
        }

        Assert.Empty(Directory.EnumerateFiles(Environment.CurrentDirectory, GuardedCluster.Trace + "*"));
        Assert.False(File.Exists("/tmp/" + GuardedCluster.Trace));

        // The role that a password wanted to drop is still there.
        Assert.Equal(["app"], await guarded.SuperuserAsync("data-node1", "SELECT rolname FROM pg_roles WHERE rolname = 'app'"));
    }

    [Fact]
    public async Task After_a_drill_no_secret_is_where_somebody_else_could_read_it()
    {
        await guarded.Cluster.AwaitWholeAsync(Cancellation);
        string report = await guarded.Cluster.ExecuteAsync("postgres", "drill", Cancellation);
        Assert.EndsWith("The drill passed.", report, StringComparison.Ordinal);
        await guarded.Cluster.AwaitWholeAsync(Cancellation);
        await guarded.Cluster.ExecuteAsync("postgres", "list", Cancellation);
        AssertNone("the drill's report", report);

        // The app host itself: what it shows of its resources, and every log that it keeps.
        foreach ((string resource, string log) in await guarded.Cluster.LogsAsync(Cancellation))
        {
            AssertNone($"the log of {resource} in the app host", log);
        }

        foreach (string resource in (string[])[.. guarded.Containers, "postgres", "appdb", "probe"])
        {
            AssertNone($"what is shown of {resource}", await guarded.Cluster.ShownAsync(resource, Cancellation));
        }

        foreach (string container in guarded.Containers)
        {
            (int exitCode, string output, string error) = await Engine.RunAsync(Engine.Command, ["logs", await guarded.IdAsync(container)], null, Cancellation);
            Assert.Equal(0, exitCode);
            AssertNone($"{container}'s log", output + error);
            Assert.NotEqual(string.Empty, output + error);

            AssertNone($"a command line in {container}", await guarded.ExecuteAsync(container, "for line in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$line 2>/dev/null; echo; done"));

            // What another user of the container could read; the search itself is shown to work by a word that everybody may read.
            string found = await guarded.ExecuteAsync(
                container,
                $"grep -rlsI -e '{GuardedCluster.MarkOf("")}' --exclude-dir=proc --exclude-dir=sys / 2>/dev/null; grep -ls nobody /etc/passwd; true",
                user: "65534:65534");
            Assert.Equal("/etc/passwd", found.Trim());

            JsonElement inspected = await guarded.InspectAsync(container);
            JsonElement configuration = inspected.GetProperty("Config");
            foreach (string part in (string[])["Labels", "Cmd", "Entrypoint", "Healthcheck"])
            {
                if (configuration.TryGetProperty(part, out JsonElement value))
                {
                    AssertNone($"{part} of {container}", value.ToString());
                }
            }

            AssertNone($"the arguments of {container}", inspected.GetProperty("Args").ToString());
            (_, output, _) = await Engine.RunAsync(Engine.Command, ["history", "--no-trunc", inspected.GetProperty("Image").GetString()!], null, Cancellation);
            AssertNone($"the image of {container}", output);

            // Only those that the container needs are in its environment at all.
            string environment = configuration.GetProperty("Env").ToString();
            string[] needed = container switch
            {
                "haproxy" => ["statistics"],
                _ when guarded.Cluster.Resource.Nodes.Any(node => node.Name == container) => ["app", "replication", "rewind", "monitoring", "rest"],
                _ => [],
            };
            Assert.Equal(needed, Purposes.Where(purpose => environment.Contains(GuardedCluster.MarkOf(purpose), StringComparison.Ordinal)));
        }
    }

    private static void AssertNone(string place, string text)
    {
        foreach (string purpose in Purposes)
        {
            Assert.False(text.Contains(GuardedCluster.MarkOf(purpose), StringComparison.Ordinal), $"{place} holds the {purpose} password");
        }
    }
}

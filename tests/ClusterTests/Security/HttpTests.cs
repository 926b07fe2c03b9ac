using System.Text.Json;
using HaPgAspire.Hosting;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>Tries Patroni's REST API and HAProxy's statistics with no, wrong and other passwords.</summary>
[Collection(GuardedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class HttpTests(GuardedCluster guarded)
{
    private const string Ask = """
        import base64, http.client, json, sys

        def attempt(case):
            connection = http.client.HTTPConnection(case["Host"], case["Port"], timeout=20)
            headers = {"Content-Type": "application/json"}
            if case["Login"] is not None:
                headers["Authorization"] = "Basic " + base64.b64encode(case["Login"].encode()).decode()
            connection.request(case["Method"], case["Path"], body=case["Body"], headers=headers)
            answer = connection.getresponse()
            return dict(Status=answer.status, Body=answer.read().decode(errors="replace"), Headers=str(answer.headers))

        json.dump([attempt(case) for case in json.load(sys.stdin)], sys.stdout)
        """;

    /// <summary>Every verb of Patroni's REST API that changes something (Patroni documentation, "Patroni REST API"; patroni/api.py).</summary>
    private static readonly (string Method, string Path, string Body)[] Unsafe =
    [
        ("PATCH", "/config", """{"pause": true}"""),
        ("PUT", "/config", """{"ttl": 20}"""),
        ("POST", "/restart", "{}"),
        ("DELETE", "/restart", ""),
        ("POST", "/reload", ""),
        ("POST", "/reinitialize", """{"force": true}"""),
        ("POST", "/switchover", """{"leader": "data-node1"}"""),
        ("DELETE", "/switchover", ""),
        ("POST", "/failover", """{"candidate": "data-node2"}"""),
        ("POST", "/sigterm", ""),
        ("POST", "/failsafe", "{}"),
        ("POST", "/citus", "{}"),
    ];

    private sealed record Case(string Host, int Port, string Method, string Path, string? Body, string? Login);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Rest => $"{PostgresOptions.RestUser}:{GuardedCluster.Passwords["rest-password"]}";

    private static string Statistics => $"{HAProxyOptions.StatisticsUser}:{GuardedCluster.Passwords["statistics-password"]}";

    private static string?[] WrongLogins(string user) =>
    [
        null, $"{user}:", $"{user}:wrong-password", ":", "admin:admin", $"{user}:{GuardedCluster.Passwords["password"]}", $"app:{GuardedCluster.Passwords["password"]}",
        $"{user}:{GuardedCluster.Passwords["replication-password"]}", $"{PostgresOptions.MonitoringRole}:{GuardedCluster.Passwords["monitoring-password"]}",
        user == PostgresOptions.RestUser ? Statistics : Rest,
    ];

    [Fact]
    public async Task Patroni_does_nothing_for_those_without_its_password()
    {
        string leader = await guarded.Cluster.AwaitWholeAsync(Cancellation);
        string before = await StateAsync();
        List<Case> Cases(Func<string, (string Host, int Port)> address) =>
        [
            .. from node in guarded.Cluster.Resource.Nodes
               let place = address(node.Name)
               from verb in Unsafe
               from login in WrongLogins(PostgresOptions.RestUser)
               select new Case(place.Host, place.Port, verb.Method, verb.Path, verb.Body, login),
        ];

        List<Case> inside = Cases(name => (name, 8008));
        Judge(inside, await guarded.AsStrangerAsync(Ask, inside), 401);
        List<Case> outside = Cases(name => ("127.0.0.1", guarded.Cluster.Endpoint(name, "rest").Port));
        Judge(outside, await guarded.OnHostAsync(Ask, outside), 401);

        // The one verb that Patroni 4.0 asks nobody's password for does nothing without Citus.
        await guarded.AsStrangerAsync(Ask, guarded.Cluster.Resource.Nodes.Select(node => new Case(node.Name, 8008, "POST", "/mpp", """{"type": "before_demote", "group": 0}""", null)));
        Assert.Equal(leader, await guarded.Cluster.AwaitWholeAsync(Cancellation));
        Assert.Equal(before, await StateAsync());

        // The same with the password is taken, so it was the password that was missing.
        List<Case> allowed = [new Case("data-node1", 8008, "PATCH", "/config", """{"loop_wait": 1}""", Rest), new Case("data-node1", 8008, "POST", "/reload", "", Rest)];
        JsonElement answers = await guarded.AsStrangerAsync(Ask, allowed);
        Assert.All(answers.EnumerateArray(), answer => Assert.InRange(answer.GetProperty("Status").GetInt32(), 200, 202));
    }

    [Fact]
    public async Task HAProxy_tells_its_health_to_all_and_the_rest_to_those_with_the_password()
    {
        await guarded.Cluster.AwaitWholeAsync(Cancellation);
        string[] pages = ["/", "/;csv", "/;json", "/;up", "/metrics", "/metrics?scope=global", "//", "/alive/..", "/health/", "/?stats", "/x"];
        foreach ((bool inside, string host, int port) in ((bool, string, int)[])[(true, "haproxy", 7000), (false, "127.0.0.1", guarded.Cluster.Endpoint("haproxy", "statistics").Port)])
        {
            List<Case> refused = [.. from page in pages from login in WrongLogins(HAProxyOptions.StatisticsUser) select new Case(host, port, "GET", page, null, login)];
            JsonElement answers = inside ? await guarded.AsStrangerAsync(Ask, refused) : await guarded.OnHostAsync(Ask, refused);
            Judge(refused, answers, 401);
            Assert.All(answers.EnumerateArray(), answer =>
            {
                Assert.DoesNotContain("data-node", answer.GetProperty("Body").GetString(), StringComparison.Ordinal);
                Assert.DoesNotContain("HAProxy", answer.ToString(), StringComparison.OrdinalIgnoreCase);
            });

            List<Case> open = [.. from page in (string[])["/health", "/alive"] from login in (string?[])[null, "a:b"] select new Case(host, port, "GET", page, null, login)];
            answers = inside ? await guarded.AsStrangerAsync(Ask, open) : await guarded.OnHostAsync(Ask, open);
            Judge(open, answers, 200);
            Assert.All(answers.EnumerateArray(), answer => Assert.True(answer.GetProperty("Body").GetString()!.Length < 80));

            List<Case> allowed = [new Case(host, port, "GET", "/;csv", null, Statistics), new Case(host, port, "GET", "/metrics", null, Statistics), new Case(host, port, "GET", "/", null, Statistics)];
            answers = inside ? await guarded.AsStrangerAsync(Ask, allowed) : await guarded.OnHostAsync(Ask, allowed);
            Judge(allowed, answers, 200);
            Assert.Contains("data-node1", answers[0].GetProperty("Body").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("HAProxy version", answers[2].GetProperty("Body").GetString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    // What a verb that was carried out would have changed: roles, timelines, starts of the servers, the configuration.
    private async Task<string> StateAsync()
    {
        var state = new List<string>();
        foreach (PatroniNodeResource node in guarded.Cluster.Resource.Nodes)
        {
            using var http = new HttpClient { BaseAddress = guarded.Cluster.Endpoint(node.Name, "rest") };
            using var patroni = JsonDocument.Parse(await http.GetStringAsync(new Uri("patroni", UriKind.Relative), Cancellation));
            state.Add(string.Join(' ', node.Name, patroni.RootElement.GetProperty("role"), patroni.RootElement.GetProperty("timeline"), patroni.RootElement.GetProperty("postmaster_start_time")));
            state.Add(await http.GetStringAsync(new Uri("config", UriKind.Relative), Cancellation));
        }

        return string.Join(Environment.NewLine, state);
    }

    private static void Judge(List<Case> cases, JsonElement answers, int status)
    {
        Assert.Equal(cases.Count, answers.GetArrayLength());
        string[] wrong = [.. cases.Zip(answers.EnumerateArray()).Where(pair => pair.Second.GetProperty("Status").GetInt32() != status)
            .Select(pair => $"{pair.First.Method} {pair.First.Host}:{pair.First.Port}{pair.First.Path} as {pair.First.Login ?? "nobody"}: {pair.Second.GetProperty("Status")}")];
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong));
    }
}

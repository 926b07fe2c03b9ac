using System.Text.Json;
using HaPgAspire.Hosting;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>Tries every role on every PostgreSQL port with no, wrong, another role's and its own password.</summary>
[Collection(GuardedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class AccessTests(GuardedCluster guarded)
{
    /// <summary>Stands for a replication connection where a database is named.</summary>
    private const string Replication = "(replication)";

    private const string Connect = """
        import json, sys, time, psycopg2

        # What a server says when it has made up its mind; a connection that did not come about proves nothing and is tried again.
        DECISIONS = ("let in", "password authentication failed", "no password supplied", "pg_hba.conf")
        deadline = time.monotonic() + 240

        def decided(case):
            while True:
                answer = attempt(case)
                if any(decision in answer for decision in DECISIONS) or time.monotonic() > deadline:
                    return answer
                time.sleep(0.2)

        def attempt(case):
            settings = dict(host=case["Host"], port=case["Port"], user=case["Role"], connect_timeout=10, sslmode="prefer", passfile="/dev/null")
            if case["Password"] is not None:
                settings["password"] = case["Password"]
            if case["Database"] == "(replication)":
                settings["dbname"] = "postgres"
                settings["replication"] = "true"
            else:
                settings["dbname"] = case["Database"]
            try:
                psycopg2.connect(**settings).close()
                return "let in"
            except psycopg2.OperationalError as e:
                return str(e)

        json.dump([decided(case) for case in json.load(sys.stdin)], sys.stdout)
        """;

    private static readonly Dictionary<string, string> OwnPasswords = new()
    {
        ["app"] = "password",
        [PostgresOptions.ReplicationRole] = "replication-password",
        [PostgresOptions.RewindRole] = "rewind-password",
        [PostgresOptions.MonitoringRole] = "monitoring-password",
    };

    private sealed record Case(string Host, int Port, string Role, string Credential, string? Password, string Database);

    [Fact]
    public async Task From_a_container_on_the_network_a_role_gets_in_where_it_has_to_with_its_own_password_alone()
    {
        await guarded.Cluster.AwaitWholeAsync(TestContext.Current.CancellationToken);
        List<Case> cases =
        [
            .. guarded.Cluster.Resource.Nodes.SelectMany(node => Cases(node.Name, 5432)),
            .. Cases("haproxy", 5000),
            .. Cases("haproxy", 5001),
        ];
        Judge(cases, await guarded.AsStrangerAsync(Connect, cases));
    }

    [Fact]
    public async Task From_the_host_a_role_gets_in_where_it_has_to_with_its_own_password_alone()
    {
        await guarded.Cluster.AwaitWholeAsync(TestContext.Current.CancellationToken);
        (string Resource, string Endpoint)[] doors = [("data-node1", "postgres"), ("data-node2", "postgres"), ("data-node3", "postgres"), ("haproxy", "tcp"), ("haproxy", "read-only")];
        List<Case> cases = [.. doors.SelectMany(door => Cases("127.0.0.1", guarded.Cluster.Endpoint(door.Resource, door.Endpoint).Port))];
        Judge(cases, await guarded.OnHostAsync(Connect, cases));
    }

    private static IEnumerable<Case> Cases(string host, int port)
    {
        foreach (string role in (string[])[.. OwnPasswords.Keys, PostgresOptions.Superuser, "nobody"])
        {
            foreach (string database in (string[])["postgres", "appdb", "template1", Replication])
            {
                yield return new Case(host, port, role, "none", null, database);
                yield return new Case(host, port, role, "empty", "", database);
                yield return new Case(host, port, role, "wrong", "wrong-password", database);
                foreach ((string owner, string secret) in OwnPasswords)
                {
                    yield return new Case(host, port, role, owner == role ? "own" : $"{owner}'s", GuardedCluster.Passwords[secret], database);
                }
            }
        }
    }

    private static bool IsLetIn(Case attempt) => attempt.Credential == "own" && attempt.Role switch
    {
        "app" or PostgresOptions.MonitoringRole => attempt.Database != Replication,
        PostgresOptions.RewindRole => attempt.Database == "postgres",
        PostgresOptions.ReplicationRole => attempt.Database == Replication,
        _ => false,
    };

    private static void Judge(List<Case> cases, JsonElement results)
    {
        string[] answers = [.. results.EnumerateArray().Select(answer => answer.GetString()!)];
        Assert.Equal(cases.Count, answers.Length);
        var wrong = new List<string>();
        foreach ((Case attempt, string answer) in cases.Zip(answers))
        {
            // The server itself has to have said no.
            bool refused = answer.Contains("password authentication failed", StringComparison.Ordinal)
                || answer.Contains("no password supplied", StringComparison.Ordinal)
                || answer.Contains("pg_hba.conf", StringComparison.Ordinal);
            if (IsLetIn(attempt) ? answer != "let in" : !refused)
            {
                wrong.Add($"{attempt.Host}:{attempt.Port} {attempt.Role} with {attempt.Credential} password to {attempt.Database}: {answer.Trim()}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.Contains(cases, IsLetIn);
    }
}

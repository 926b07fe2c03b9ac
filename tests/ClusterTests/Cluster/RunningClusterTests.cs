using HaPgAspire.Hosting;
using Npgsql;

namespace HaPgAspire.ClusterTests.Cluster;

[Collection(SharedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class RunningClusterTests(SharedCluster shared)
{
    private TestCluster Cluster => shared.Cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_member_leads_two_stream_and_every_node_says_so()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string table = await Cluster.ExecuteAsync("postgres", "list", Cancellation);
        Assert.Matches($@"\| {leader} +\| {leader} +\| Leader +\| running +\| +\d+ \|", table);
        Assert.Equal(2, table.Split('\n').Count(line => line.Contains("| streaming ", StringComparison.Ordinal)));
        foreach (PatroniNodeResource node in Cluster.Resource.Nodes)
        {
            ResourceEvent shown = await Cluster.AwaitAsync(node.Name, change => TestCluster.Property(change, "patroni.timeline") is not null, Cancellation);
            Assert.Equal(node.Name == leader, TestCluster.Property(shown, "patroni.role") == "Leader");
        }
    }

    [Fact]
    public async Task Writes_go_through_the_front_door_and_reads_come_from_replicas_alone()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        string appdb = await Cluster.ConnectionStringAsync("appdb", Cancellation);
        await TestCluster.QueryAsync(appdb, "CREATE TABLE IF NOT EXISTS front_door (id int)", Cancellation);
        Assert.Equal(false, await TestCluster.QueryAsync(appdb, "SELECT pg_is_in_recovery()", Cancellation));
        string readOnly = await Cluster.ReadOnlyConnectionStringAsync(Cancellation);
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(true, await TestCluster.QueryAsync(readOnly, "SELECT pg_is_in_recovery()", Cancellation));
        }
    }

    [Fact]
    public async Task The_application_owns_its_database_and_is_no_superuser()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        string appdb = await Cluster.ConnectionStringAsync("appdb", Cancellation);
        Assert.Equal("app", await TestCluster.QueryAsync(appdb, "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'appdb'", Cancellation));
        Assert.Equal(false, await TestCluster.QueryAsync(appdb, "SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user", Cancellation));
    }

    [Theory]
    [InlineData("postgres", "appdb")]
    [InlineData("replicator", "appdb")]
    [InlineData("rewinder", "appdb")]
    public async Task The_cluster_s_own_roles_are_kept_out_of_the_database(string role, string database)
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        var settings = new NpgsqlConnectionStringBuilder(await Cluster.ConnectionStringAsync("appdb", Cancellation)) { Username = role, Database = database, Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancellation));
        Assert.Equal(PostgresErrorCodes.InvalidAuthorizationSpecification, refused.SqlState);
    }

    [Fact]
    public async Task Verbs_that_change_something_want_the_REST_password()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        using var http = new HttpClient();
        using HttpResponseMessage refused = await http.PostAsync(
            new Uri(Cluster.Endpoint("data-node1", "rest"), "restart"), new StringContent("{}"), Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task The_front_door_tells_its_health_to_all_and_its_metrics_to_those_with_the_password()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = Cluster.Endpoint("haproxy", "statistics") };
        Assert.True((await http.GetAsync(new Uri("health", UriKind.Relative), Cancellation)).IsSuccessStatusCode);
        foreach (string page in (string[])["metrics", "", ";csv"])
        {
            using HttpResponseMessage refused = await http.GetAsync(new Uri(page, UriKind.Relative), Cancellation);
            Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        string password = (await Cluster.Resource.StatisticsPasswordParameter.GetValueAsync(Cancellation))!;
        http.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{HAProxyOptions.StatisticsUser}:{password}")));
        Assert.Contains("haproxy_server_status", await http.GetStringAsync(new Uri("metrics", UriKind.Relative), Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_leadership_is_handed_to_the_candidate()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string candidate = Cluster.Resource.Nodes.Last(node => node.Name != leader).Name;
        await Cluster.SwitchoverAsync(leader, Cancellation, ("candidate", candidate));
        Assert.Equal(candidate, await Cluster.AwaitOtherLeaderAsync(leader, Cancellation));
        Assert.Equal(candidate, await Cluster.AwaitWholeAsync(Cancellation));
    }

    [Fact]
    public async Task A_candidate_that_is_no_member_is_refused_by_name()
    {
        ExecuteCommandResult result = await Cluster.TryExecuteAsync("postgres", "switchover", Cancellation, ("candidate", "nobody"));
        Assert.False(result.Success);
        Assert.Contains("nobody", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_leader_comes_back_with_its_data()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string appdb = await Cluster.ConnectionStringAsync("appdb", Cancellation);
        await TestCluster.QueryAsync(appdb, "CREATE TABLE survives_kill AS SELECT 42 AS answer", Cancellation);
        await Cluster.ExecuteAsync(leader, "kill", Cancellation);
        string next = await Cluster.AwaitOtherLeaderAsync(leader, Cancellation);
        Assert.Equal(42, await TestCluster.QueryAsync(appdb, "SELECT answer FROM survives_kill", Cancellation));
        Assert.Equal(next, await Cluster.AwaitWholeAsync(Cancellation));
        var back = new NpgsqlConnectionStringBuilder(await Cluster.ConnectionStringAsync(leader, Cancellation)) { Database = "appdb" };
        Assert.Equal(42, await TestCluster.QueryAsync(back.ConnectionString, "SELECT answer FROM survives_kill", Cancellation));
        Assert.Equal(true, await TestCluster.QueryAsync(back.ConnectionString, "SELECT pg_is_in_recovery()", Cancellation));
    }

    [Fact]
    public async Task A_stopped_replica_starts_from_the_data_it_had()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string replica = Cluster.Resource.Nodes.First(node => node.Name != leader).Name;
        string before = Assert.IsType<string>(await DataFileAsync(replica));
        await Cluster.ExecuteAsync(replica, "stop", Cancellation);
        await Cluster.AwaitStateAsync(replica, KnownResourceStates.TerminalStates, Cancellation);
        await Cluster.ExecuteAsync(replica, "start", Cancellation);
        Assert.Equal(leader, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.Equal(before, await DataFileAsync(replica));
    }

    [Fact]
    public async Task Pause_is_shown_and_taken_back()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        await Cluster.ExecuteAsync("postgres", "pause", Cancellation);
        try
        {
            await AwaitTableAsync(table => table.Contains("paused", StringComparison.Ordinal));
        }
        finally
        {
            await Cluster.ExecuteAsync("postgres", "resume", Cancellation);
        }

        await AwaitTableAsync(table => !table.Contains("paused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_is_copied_anew_and_the_leader_is_not()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string replica = Cluster.Resource.Nodes.First(node => node.Name != leader).Name;
        string before = Assert.IsType<string>(await DataFileAsync(replica));
        await Cluster.ExecuteAsync(replica, "reinitialize", Cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (await DataFileAsync(replica) is var now && (now is null || now == before))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
        }

        Assert.Equal(leader, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.False((await Cluster.TryExecuteAsync(leader, "reinitialize", Cancellation)).Success);
    }

    [Fact]
    public async Task The_drill_passes()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        Assert.EndsWith("The drill passed.", await Cluster.ExecuteAsync("postgres", "drill", Cancellation), StringComparison.Ordinal);
        await Cluster.AwaitWholeAsync(Cancellation);
    }

    [Fact]
    public async Task A_database_whose_creation_is_tried_while_an_earlier_attempt_goes_on_counts_as_created()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        await using var dataSource = DrillClient.Connect(await Cluster.ConnectionStringAsync("appdb", Cancellation), nameof(DrillClient));
        var client = new DrillClient(dataSource, patience: TimeSpan.FromSeconds(30));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.CreateDatabaseAsync("tried_twice", Cancellation)));

        Assert.Contains("tried_twice", await client.DatabasesAsync(Cancellation));
        await client.DropDatabaseAsync("tried_twice", Cancellation);
    }

    // A file that is written once, when the data directory is made: its number and time tell whether it is still the same one. Null while there is none.
    private async Task<string?> DataFileAsync(string node)
    {
        ResourceEvent running = await Cluster.AwaitAsync(node, change => TestCluster.Property(change, "container.id") is not null && change.Snapshot.State?.Text == KnownResourceStates.Running, Cancellation);
        (int exitCode, string output, _) = await Engine.RunAsync(
            Engine.Command,
            ["exec", TestCluster.Property(running, "container.id")!, "stat", "--format", "%i %Y", "/var/lib/postgresql/data/PG_VERSION"],
            environment: null,
            Cancellation);
        return exitCode == 0 ? output.Trim() : null;
    }

    private Task AwaitTableAsync(Func<string, bool> reached) =>
        Condition.ReachedAsync(async token => reached(await Cluster.ExecuteAsync("postgres", "list", token)), Cancellation);
}

namespace HaPgAspire.ClusterTests.Cluster;

[Collection(SharedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class LifecycleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ended_run_leaves_no_container_network_or_volume_and_two_runs_do_not_collide()
    {
        // The shared cluster runs at the same time: what was there before has to be there afterwards, and nothing else.
        (string[] Containers, string[] Networks, string[] Volumes) before = await EverythingAsync();
        string[] volumes;
        await using (TestCluster cluster = await TestCluster.StartAsync(Cancellation))
        {
            volumes = [.. cluster.Resource.Nodes.SelectMany(node => node.Annotations.OfType<ContainerMountAnnotation>()).Select(mount => mount.Source!)];
            Assert.Empty(volumes.Except((await EverythingAsync()).Volumes));
        }

        (string[] Containers, string[] Networks, string[] Volumes) after = await EverythingAsync();
        Assert.Empty(volumes.Intersect(after.Volumes));
        Assert.Empty(Ours(after.Containers).Except(before.Containers));
        Assert.Empty(Ours(after.Networks).Except(before.Networks));
        Assert.Equal(3, volumes.Length);
    }

    [Fact]
    public async Task Persistent_data_is_found_by_the_next_run()
    {
        string scope = "keep" + Guid.NewGuid().ToString("N")[..8];
        string[] volumes = [];
        try
        {
            await using (TestCluster first = await TestCluster.StartAsync(Cancellation, "--Cluster:Persistent=true", $"--Cluster:Scope={scope}"))
            {
                volumes = [.. ((IEnumerable<ContainerResource>)[.. first.Resource.Nodes, .. first.Resource.Etcd.Members])
                    .SelectMany(container => container.Annotations.OfType<ContainerMountAnnotation>()).Select(mount => mount.Source!)];
                await TestCluster.QueryAsync(await first.ConnectionStringAsync("appdb", Cancellation), "CREATE TABLE kept AS SELECT 7 AS number", Cancellation);
            }

            Assert.Empty(volumes.Except((await EverythingAsync()).Volumes));
            await using (TestCluster second = await TestCluster.StartAsync(
                Cancellation, "--Cluster:Persistent=true", $"--Cluster:Scope={scope}", "--Cluster:Postgres:Parameters:work_mem=7MB", "--Cluster:Ttl=25"))
            {
                string appdb = await second.ConnectionStringAsync("appdb", Cancellation);
                Assert.Equal(7, await TestCluster.QueryAsync(appdb, "SELECT number FROM kept", Cancellation));

                // Changed options reach a cluster that already has its configuration in etcd.
                using var http = new HttpClient { BaseAddress = second.Endpoint("data-node1", "rest") };
                await AwaitAsync(async () => (await http.GetStringAsync(new Uri("config", UriKind.Relative), Cancellation)).Contains("\"ttl\": 25", StringComparison.Ordinal));
                await AwaitAsync(async () => (string?)await TestCluster.QueryAsync(appdb, "SHOW work_mem", Cancellation) == "7MB");
            }
        }
        finally
        {
            if (volumes.Length > 0)
            {
                await Engine.LinesAsync(CancellationToken.None, ["volume", "rm", "--force", .. volumes]);
            }
        }
    }

    private static async Task AwaitAsync(Func<Task<bool>> reached)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await reached())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
        }
    }

    // Other tests of this machine may come and go meanwhile; these names are an app host's.
    private static IEnumerable<string> Ours(IEnumerable<string> names) => names.Where(name =>
        name.StartsWith("data-node", StringComparison.Ordinal) || name.StartsWith("etcd-", StringComparison.Ordinal)
        || name.StartsWith("haproxy-", StringComparison.Ordinal) || name.Contains("session-network", StringComparison.Ordinal));

    private static async Task<(string[] Containers, string[] Networks, string[] Volumes)> EverythingAsync() => (
        await Engine.LinesAsync(Cancellation, "ps", "--all", "--format", "{{.Names}}"),
        await Engine.LinesAsync(Cancellation, "network", "ls", "--format", "{{.Name}}"),
        await Engine.LinesAsync(Cancellation, "volume", "ls", "--quiet"));
}

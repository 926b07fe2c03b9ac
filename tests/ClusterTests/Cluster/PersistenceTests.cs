namespace HaPgAspire.ClusterTests.Cluster;

[Collection(OwnClusterGroup.Name)]
[Trait("Category", "Engine")]
public sealed class PersistenceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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

            Assert.Empty(volumes.Except(await Engine.LinesAsync(Cancellation, "volume", "ls", "--quiet")));
            await using (TestCluster second = await TestCluster.StartAsync(
                Cancellation, "--Cluster:Persistent=true", $"--Cluster:Scope={scope}", "--Cluster:Postgres:Parameters:work_mem=7MB", "--Cluster:Ttl=25"))
            {
                string appdb = await second.ConnectionStringAsync("appdb", Cancellation);
                Assert.Equal(7, await TestCluster.QueryAsync(appdb, "SELECT number FROM kept", Cancellation));

                // Changed options reach a cluster that already has its configuration in etcd.
                using var http = new HttpClient { BaseAddress = second.Endpoint("data-node1", "rest") };
                await Condition.ReachedAsync(async token => (await http.GetStringAsync(new Uri("config", UriKind.Relative), token)).Contains("\"ttl\": 25", StringComparison.Ordinal), Cancellation);
                await Condition.ReachedAsync(async token => (string?)await TestCluster.QueryAsync(appdb, "SHOW work_mem", token) == "7MB", Cancellation);
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
}

namespace HaPgAspire.ClusterTests.Cluster;

[Collection(SharedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class LifecycleTests(SharedCluster shared)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ended_run_leaves_no_container_network_or_volume_and_two_runs_do_not_collide()
    {
        // The shared cluster runs at the same time: what was there before has to be there afterwards, and nothing else. Two cores carry two clusters, but not
        // with the load of two probes.
        await shared.Cluster.AwaitWholeAsync(Cancellation);
        (string[] Containers, string[] Networks, string[] Volumes) before = await EverythingAsync();
        string[] volumes;
        await shared.Cluster.StopProbeAsync(Cancellation);
        try
        {
            await using TestCluster cluster = await TestCluster.StartAsync(Cancellation);
            volumes = [.. cluster.Resource.Nodes.SelectMany(node => node.Annotations.OfType<ContainerMountAnnotation>()).Select(mount => mount.Source!)];
            Assert.Empty(volumes.Except((await EverythingAsync()).Volumes));
        }
        finally
        {
            await shared.Cluster.StartProbeAsync(Cancellation);
        }

        (string[] Containers, string[] Networks, string[] Volumes) after = await EverythingAsync();
        Assert.Empty(volumes.Intersect(after.Volumes));
        Assert.Empty(Ours(after.Containers).Except(before.Containers));
        Assert.Empty(Ours(after.Networks).Except(before.Networks));
        Assert.Equal(3, volumes.Length);
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

using HaPgAspire.ClusterTests.Cluster;

namespace HaPgAspire.ClusterTests.Failover;

[Collection(OwnClusterGroup.Name)]
[Trait("Category", "Engine")]
public sealed class CrashLoopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_that_crashes_again_and_again_is_left_to_the_operator_who_can_start_it()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(Cancellation, "--Cluster:Failover:Restarts=1");
        string leader = await cluster.AwaitWholeAsync(Cancellation);
        string replica = cluster.Resource.Nodes.First(node => node.Name != leader).Name;

        // Each new container is killed as soon as it runs, until there is no new one.
        string? last = null;
        ResourceEvent given;
        while (true)
        {
            given = await cluster.AwaitAsync(
                replica,
                change => IsGivenUp(change) || (change.Snapshot.State?.Text == KnownResourceStates.Running && TestCluster.Property(change, "container.id") is { } id && id != last),
                Cancellation);
            if (IsGivenUp(given))
            {
                break;
            }

            last = TestCluster.Property(given, "container.id");
            await Engine.LinesAsync(Cancellation, "kill", last!);
        }

        Assert.Equal(KnownResourceStates.Exited, given.Snapshot.State?.Text);
        await cluster.ExecuteAsync(replica, "start", Cancellation);
        Assert.Equal(leader, await cluster.AwaitWholeAsync(Cancellation));
    }

    private static bool IsGivenUp(ResourceEvent change) => TestCluster.Property(change, "patroni.restart")?.Contains("start it by hand", StringComparison.Ordinal) == true;
}

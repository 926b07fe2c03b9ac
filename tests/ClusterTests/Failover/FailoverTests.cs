using System.Diagnostics;
using HaPgAspire.ClusterTests.Cluster;
using HaPgAspire.Hosting;
using Npgsql;

namespace HaPgAspire.ClusterTests.Failover;

[Collection(SharedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class FailoverTests(SharedCluster shared)
{
    /// <summary>Less than the lease's 20 s by far more than a busy machine explains; a quiet one takes one and four seconds.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(14);

    private TestCluster Cluster => shared.Cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_leader_is_replaced_before_its_lease_has_run_out_and_comes_back_by_itself()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string killed = await ContainerAsync(leader);
        var elapsed = Stopwatch.StartNew();
        await Engine.LinesAsync(Cancellation, "kill", killed);
        string next = await Cluster.AwaitOtherLeaderAsync(leader, Cancellation);
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, Soon);
        Assert.NotEqual(killed, await NewContainerAsync(leader, killed));
        Assert.Equal(next, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.Equal(true, await IsInRecoveryAsync(leader));
    }

    [Fact]
    public async Task A_frozen_leader_is_dead_before_another_leads_and_comes_back_as_a_replica()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string frozen = await ContainerAsync(leader);
        var elapsed = Stopwatch.StartNew();
        await Engine.LinesAsync(Cancellation, "pause", frozen);
        string next = await Cluster.AwaitOtherLeaderAsync(leader, Cancellation);
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, Soon);
        Assert.DoesNotContain(frozen, await Engine.LinesAsync(Cancellation, "ps", "--no-trunc", "--quiet"));
        Assert.NotEqual(frozen, await NewContainerAsync(leader, frozen));
        Assert.Equal(next, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.Equal(true, await IsInRecoveryAsync(leader));
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_is_fenced_and_comes_back_as_a_replica()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string cutOff = await ContainerAsync(leader);
        // Taken off its network it would be put back by Aspire's orchestrator.
        var network = new FaultNetwork(
            new FaultContainers(Cluster.Service<ContainerRuntime>(), Cluster.Service<ResourceNotificationService>()), Cluster.Resource.Options.BaseImage);
        await network.CutAsync(cutOff, [string.Empty], [string.Empty], "drop", Cancellation);
        var elapsed = Stopwatch.StartNew();
        string next = await Cluster.AwaitOtherLeaderAsync(leader, Cancellation);
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, Soon);
        Assert.DoesNotContain(cutOff, await Engine.LinesAsync(Cancellation, "ps", "--no-trunc", "--quiet"));
        Assert.Equal(next, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.Equal(true, await IsInRecoveryAsync(leader));
    }

    [Fact]
    public async Task A_frozen_replica_is_left_alone()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string replica = Cluster.Resource.Nodes.First(node => node.Name != leader).Name;
        string frozen = await ContainerAsync(replica);
        await Engine.LinesAsync(Cancellation, "pause", frozen);
        try
        {
            await Cluster.AwaitAsync("postgres", change => TestCluster.Property(change, "patroni.missing")?.Contains(replica, StringComparison.Ordinal) == true, Cancellation);
        }
        finally
        {
            await Engine.LinesAsync(Cancellation, "unpause", frozen);
        }

        Assert.Equal(leader, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.Equal(frozen, await ContainerAsync(replica));
    }

    [Fact]
    public async Task A_node_that_was_stopped_stays_stopped_and_one_that_was_killed_does_not()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string[] replicas = [.. Cluster.Resource.Nodes.Select(node => node.Name).Where(name => name != leader)];
        await Cluster.ExecuteAsync(replicas[0], "stop", Cancellation);
        await Cluster.AwaitStateAsync(replicas[0], [KnownResourceStates.Exited], Cancellation);
        string killed = await ContainerAsync(replicas[1]);
        await Cluster.ExecuteAsync(replicas[1], "kill", Cancellation);
        await NewContainerAsync(replicas[1], killed);
        await Cluster.AwaitAsync("postgres", change => TestCluster.Property(change, "patroni.missing") == $"{replicas[0]} is not in the cluster", Cancellation);
        await Cluster.AwaitStateAsync(replicas[0], [KnownResourceStates.Exited], Cancellation);

        await Cluster.ExecuteAsync(replicas[0], "start", Cancellation);
        await Cluster.AwaitWholeAsync(Cancellation);
    }

    private async Task<string> ContainerAsync(string node) => TestCluster.Property(
        await Cluster.AwaitAsync(node, change => change.Snapshot.State?.Text == KnownResourceStates.Running && TestCluster.Property(change, "container.id") is not null, Cancellation),
        "container.id")!;

    private async Task<string> NewContainerAsync(string node, string than) => TestCluster.Property(
        await Cluster.AwaitAsync(
            node,
            change => change.Snapshot.State?.Text == KnownResourceStates.Running && TestCluster.Property(change, "container.id") is { } found && found != than,
            Cancellation),
        "container.id")!;

    private async Task<object?> IsInRecoveryAsync(string node) => await TestCluster.QueryAsync(
        new NpgsqlConnectionStringBuilder(await Cluster.ConnectionStringAsync(node, Cancellation)) { Database = "appdb" }.ConnectionString, "SELECT pg_is_in_recovery()", Cancellation);
}

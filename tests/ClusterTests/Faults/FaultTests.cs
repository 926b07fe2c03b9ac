using HaPgAspire.ClusterTests.Cluster;

namespace HaPgAspire.ClusterTests.Faults;

/// <summary>A part of the fault suite that stands for the whole, through the same code: <c>dotnet run --project AppHost -- faults</c> runs all of it.</summary>
[Collection(SharedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class FaultTests(SharedCluster shared)
{
    [Theory]
    [InlineData("leader-killed")]
    [InlineData("leader-stopped")]
    [InlineData("postmaster-killed")]
    [InlineData("leader-frozen")]
    [InlineData("network-leader-isolated")]
    [InlineData("network-leader-from-app-host")]
    [InlineData("replica-data-lost")]
    [InlineData("switchover")]
    public async Task The_cluster_survives(string fault)
    {
        string report = await shared.Cluster.ExecuteAsync("postgres", "faults", TestContext.Current.CancellationToken, ("cases", fault));
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.Matches($@"(?m)^{fault} .* 0  passed\r?$", report);
    }

    [Fact]
    public async Task A_case_that_needs_another_graph_is_not_run_on_this_one()
    {
        ExecuteCommandResult refused = await shared.Cluster.TryExecuteAsync("postgres", "faults", TestContext.Current.CancellationToken, ("cases", "etcd-member-lost"));
        Assert.False(refused.Success);
        Assert.Contains("--Cluster:Etcd:Members=3", refused.Message, StringComparison.Ordinal);
    }
}

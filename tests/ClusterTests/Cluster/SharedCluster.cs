namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>One running cluster for the tests that leave it whole.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    public const string Name = "A running cluster";

    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await TestCluster.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Cluster is null ? ValueTask.CompletedTask : Cluster.DisposeAsync();
}

[CollectionDefinition(SharedCluster.Name, DisableParallelization = true)]
public sealed class SharedClusterGroup : ICollectionFixture<SharedCluster>;

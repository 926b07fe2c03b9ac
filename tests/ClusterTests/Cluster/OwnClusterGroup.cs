namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>Tests that start a cluster of their own, one after the other, while no other runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OwnClusterGroup
{
    public const string Name = "A cluster of its own";
}

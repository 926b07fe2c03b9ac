namespace HaPgAspire.Hosting.Publishing;

/// <summary>The one cluster of the app model, for targets that hold one.</summary>
internal static class PublishedCluster
{
    /// <summary>Finds the cluster.</summary>
    /// <param name="model">The app model.</param>
    /// <param name="step">The step, for the error.</param>
    /// <exception cref="ClusterException">There are several.</exception>
    public static PatroniClusterResource Of(DistributedApplicationModel model, string step)
    {
        List<PatroniClusterResource> clusters = [.. model.Resources.OfType<PatroniClusterResource>()];
        return clusters is [var only]
            ? only
            : throw new ClusterException($"{step} publishes one cluster, and the graph has {clusters.Count} ({string.Join(", ", clusters.Select(cluster => cluster.Name))}): give each an app host of its own, or use {PublishSteps.Compose}.");
    }

    /// <summary>The databases that are made with the cluster, sorted by name.</summary>
    /// <param name="cluster">The cluster.</param>
    public static IReadOnlyList<string> Databases(PatroniClusterResource cluster) =>
        [.. (cluster.HAProxy?.Databases.Values ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}

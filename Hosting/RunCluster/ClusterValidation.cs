using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>Refuses an app host whose clusters cannot be run or published as declared.</summary>
internal static class ClusterValidation
{
    /// <exception cref="ClusterException">Something is out of bounds; the message names it.</exception>
    public static void ThrowIfInvalid(DistributedApplicationModel model)
    {
        var errors = new List<string>();
        foreach (PatroniClusterResource cluster in model.Resources.OfType<PatroniClusterResource>())
        {
            errors.AddRange(cluster.OptionErrors);
            errors.AddRange(ClusterOptionsValidation.Validate(cluster.Options));
            if (cluster.Options.Tls && cluster.Etcd.Security != cluster.Security)
            {
                errors.Add($"with Cluster:Tls each cluster needs an etcd of its own, and '{cluster.Etcd.Name}' has another cluster besides '{cluster.Name}'");
            }

            if (!ClusterOptionsValidation.Nodes.Contains(cluster.Nodes.Count))
            {
                errors.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the cluster '{cluster.Name}' has {cluster.Nodes.Count} {(cluster.Nodes.Count == 1 ? "node" : "nodes")} and must have {ClusterOptionsValidation.Nodes}"));
            }

            errors.AddRange((cluster.HAProxy?.Databases.Values ?? []).Where(database => !ClusterOptionsValidation.IsDatabaseName(database)).Select(ClusterOptionsValidation.DatabaseNameError));
            errors.AddRange(cluster.Nodes.Where(node => !ClusterOptionsValidation.IsNodeName(node.Name)).Select(node =>
                $"the node name '{node.Name}' must be 1 to 63 lower-case letters, digits or '-', starting with a letter and not ending in '-'"));
        }

        ClusterOptionsValidation.ThrowIfAny([.. errors.Distinct(StringComparer.Ordinal)]);
    }
}

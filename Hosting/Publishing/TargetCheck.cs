namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Refuses to publish a cluster to an environment of the app host that cannot hold one. They come from packages that this one does not reference, and are
/// known by the names of their types.
/// </summary>
internal static class TargetCheck
{
    public const string Name = "check-cluster-target";

    private static readonly Dictionary<string, string> Unfit = new(StringComparer.Ordinal)
    {
        ["AzureContainerAppEnvironmentResource"] = "Azure Container Apps",
        ["AzureAppServiceEnvironmentResource"] = "Azure App Service",
    };

    /// <summary>Checks the app model.</summary>
    /// <exception cref="ClusterException">It has such an environment.</exception>
    public static void ThrowIfUnfit(DistributedApplicationModel model)
    {
        foreach (IResource resource in model.Resources)
        {
            if (Unfit.TryGetValue(resource.GetType().Name, out string? environment))
            {
                throw new ClusterException(
                    $"{environment} ({resource.Name}) cannot hold a PostgreSQL cluster, which needs block storage and members with names of their own: take it out of the app host and publish with --step {PublishSteps.Azure}.");
            }
        }
    }
}

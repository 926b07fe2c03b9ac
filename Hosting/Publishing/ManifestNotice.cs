using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Says what a manifest cannot hold. It lists containers, volumes, bindings and parameters, which is what azd reads; but generated configuration files are not
/// part of its format, and where azd runs it there is no block storage.
/// </summary>
internal static partial class ManifestNotice
{
    /// <summary>Adds the notice to the writing of the manifest.</summary>
    public static void Add(IResourceBuilder<PatroniClusterResource> cluster) => cluster.WithManifestPublishingCallback(context =>
    {
        // As the manifest writes any resource that is a connection string and nothing else.
        context.Writer.WriteString("type", "value.v0");
        context.WriteConnectionString(cluster.Resource);
        ILogger logger = context.ExecutionContext.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ManifestNotice).FullName!);
        NotForContainerApps(logger, cluster.Resource.Name, PublishSteps.Azure);
    });

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The manifest cannot hold {Cluster}: Azure Container Apps, where azd would run it, has neither block storage nor the nodes' configuration files; publish with --step {Step} and run 'azd up' there instead.")]
    private static partial void NotForContainerApps(ILogger logger, string cluster, string step);
}

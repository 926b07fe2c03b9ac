// The pipeline's output service is marked experimental in Aspire 13.5.
#pragma warning disable ASPIREPIPELINES004
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The pipeline steps that publish the graph, each required by <c>publish</c>: <c>aspire publish</c> runs all, <c>aspire do publish-compose</c> one.
/// </summary>
internal static partial class PublishSteps
{
    public const string Compose = "publish-compose";

    public const string Vms = "publish-vms";

    public const string Azure = "publish-azure";

    /// <summary>Adds the steps to the first cluster of the app model: they publish the whole graph.</summary>
    public static void Add(IResourceBuilder<PatroniClusterResource> cluster)
    {
        ManifestNotice.Add(cluster);
        if (cluster.ApplicationBuilder.Resources.OfType<PatroniClusterResource>().Any(other => other != cluster.Resource))
        {
            return;
        }

        AddStep(cluster, TargetCheck.Name, "Refuses environments that cannot hold a cluster.", context =>
        {
            TargetCheck.ThrowIfUnfit(context.Model);
            return Task.CompletedTask;
        });
        AddTarget(cluster, Compose, "Writes the graph as a docker compose application.", options => options.ComposePath, "compose", ComposePublisher.PublishAsync);
        AddTarget(cluster, Vms, "Writes cloud-init files and installers for virtual machines.", options => options.VmsPath, "vms", VmTarget.PublishAsync);
        AddTarget(cluster, Azure, "Writes Bicep and azure.yaml for azd.", options => options.AzurePath, "azure", AzurePublisher.PublishAsync);
    }

    private static void AddTarget(
        IResourceBuilder<PatroniClusterResource> cluster,
        string name,
        string description,
        Func<PublishOptions, string?> path,
        string folder,
        Func<PipelineStepContext, PublishOptions, string, Task<string>> publish) => AddStep(cluster, name, description, async context =>
        {
            PublishOptions options = PublishOptions.Read(context.Services.GetRequiredService<IConfiguration>().GetSection(PublishOptions.SectionName));
            string target = Path.GetFullPath(path(options) ?? Path.Combine(context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(), folder));
            long start = TimeProvider.System.GetTimestamp();
            string said = await publish(context, options, target);
            double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            // Through the logger: without the Aspire CLI the reporting step shows nothing.
            Published(context.Logger, string.Create(CultureInfo.InvariantCulture, $"{said}, {seconds:0.00} s"));
        });

    private static void AddStep(IResourceBuilder<PatroniClusterResource> cluster, string name, string description, Func<PipelineStepContext, Task> action) =>
        cluster.WithPipelineStepFactory(
            name,
            async context =>
            {
                try
                {
                    await action(context);
                }
                catch (ClusterException failure)
                {
                    context.Services.GetRequiredService<PublishOutcome>().Record(failure);
                    throw;
                }
            },
            requiredBy: [WellKnownPipelineSteps.Publish],
            description: description);

    [LoggerMessage(LogLevel.Information, "{Result}")]
    private static partial void Published(ILogger logger, string result);
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Publishes the graph's cluster to virtual machines.</summary>
internal static class VmTarget
{
    /// <summary>Writes the folder.</summary>
    /// <param name="context">The step's context.</param>
    /// <param name="options">The publishing's options.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>What to tell the user.</returns>
    public static async Task<string> PublishAsync(PipelineStepContext context, PublishOptions options, string folder)
    {
        PatroniClusterResource cluster = PublishedCluster.Of(context.Model, PublishSteps.Vms);
        VmInventory inventory = options.Inventory is { } path
            ? await VmInventoryReader.ReadFileAsync(InventoryPath(context, path), context.CancellationToken)
            : VmInventory.Guide(
                [.. cluster.Nodes.Select(node => node.Name)],
                [.. cluster.Etcd.Members.Select(member => member.Name)],
                cluster.HAProxy is { } proxy ? [proxy.Name] : null);
        await VmPublisher.PublishAsync(Describe(cluster), inventory, options.GenerateSecrets, folder, context.CancellationToken);
        return $"virtual machines: {folder} (README.md there says how to go on)";
    }

    /// <summary>What machines need to know about the cluster.</summary>
    public static VmCluster Describe(PatroniClusterResource cluster) => new()
    {
        Scope = cluster.Scope,
        Options = cluster.Options,
        Databases = PublishedCluster.Databases(cluster),
    };

    // A path in appsettings.json is meant from the app host's folder, one on the command line from the current one.
    private static string InventoryPath(PipelineStepContext context, string path) =>
        !File.Exists(path) && context.Services.GetRequiredService<IConfiguration>()["AppHost:Directory"] is { Length: > 0 } directory
            ? Path.Combine(directory, path)
            : Path.GetFullPath(path);
}

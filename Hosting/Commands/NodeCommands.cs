using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.Hosting;

/// <summary>What can be done with one node beyond Aspire's own start, stop and restart.</summary>
internal static class NodeCommands
{
    /// <summary>Ends the node's container at once, as a crash does.</summary>
    public const string Kill = "kill";

    /// <summary>Copies a replica's data anew from the leader.</summary>
    public const string Reinitialize = "reinitialize";

    /// <summary>Registers the commands.</summary>
    public static IResourceBuilder<PatroniNodeResource> WithNodeCommands(this IResourceBuilder<PatroniNodeResource> builder)
    {
        PatroniNodeResource node = builder.Resource;
        return builder
            .WithCommand(Kill, "Kill", context => KillAsync(node, context), new CommandOptions
            {
                Description = "Ends the container with SIGKILL, as a crash does. The node is started again as after a crash (Cluster:Failover:Restarts).",
                ConfirmationMessage = $"Kill {node.Name}?",
                IconName = "PlugDisconnected",
                UpdateState = WhileRunning,
            })
            .WithCommand(Reinitialize, "Reinitialize", context => ReinitializeAsync(node, context), new CommandOptions
            {
                Description = "Deletes this replica's data and copies it anew from the leader.",
                ConfirmationMessage = $"Delete the data of {node.Name} and copy it anew from the leader?",
                IconName = "ArrowSync",
                UpdateState = WhileRunning,
            });
    }

    private static ResourceCommandState WhileRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static Task<ExecuteCommandResult> KillAsync(PatroniNodeResource node, ExecuteCommandContext context) => ClusterCommands.SentenceAsync(async () =>
    {
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        string container = notifications.TryGetCurrentState(context.ResourceName, out ResourceEvent? current)
            && current.Snapshot.Properties.FirstOrDefault(property => property.Name == "container.id")?.Value is string id
                ? id
                : throw new ClusterException($"{node.Name} has no container to kill: start it first.");
        await context.Services.GetRequiredService<ContainerRuntime>().KillAsync(container, context.CancellationToken);
        return CommandResults.Success(node.Cluster.Options.Failover.Restarts > 0
            ? $"{node.Name} was killed and is started again."
            : $"{node.Name} was killed; `start` brings it back.");
    });

    private static Task<ExecuteCommandResult> ReinitializeAsync(PatroniNodeResource node, ExecuteCommandContext context) => ClusterCommands.SentenceAsync(async () =>
    {
        var patroni = context.Services.GetRequiredKeyedService<PatroniClient>(node.Cluster.Name);
        if ((await patroni.GetClusterAsync(context.CancellationToken))?.Leader?.Name == node.Name)
        {
            throw new ClusterException($"{node.Name} is the leader, whose data the others are copied from: switch over first.");
        }

        return CommandResults.Success(await patroni.ReinitializeAsync(node, context.CancellationToken));
    });
}

using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.Hosting;

internal static class DrillBuilderExtensions
{
    /// <summary>The command's name, and the verb's: <c>dotnet run --project AppHost -- drill</c>.</summary>
    public const string Name = "drill";

    /// <summary>Registers the drill as a command of the cluster.</summary>
    public static IResourceBuilder<PatroniClusterResource> WithDrill(this IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        return builder.WithCommand(Name, "Run the drill", context => RunAsync(cluster, context), new CommandOptions
        {
            Description = "Creates databases through the front door while two leaders are stopped one after the other, then checks every node.",
            ConfirmationMessage = $"Stop two nodes of {cluster.Name} one after the other and start them again? Writes wait during each failover.",
            IconName = "ShieldCheckmark",
            IsHighlighted = true,
        });
    }

    private static async Task<ExecuteCommandResult> RunAsync(PatroniClusterResource cluster, ExecuteCommandContext context)
    {
        if (cluster.HAProxy is not { } frontDoor)
        {
            return CommandResults.Failure($"The drill needs a front door: add one with AddHAProxy to {cluster.Name}.");
        }

        var drill = new Drill(
            cluster,
            frontDoor,
            context.Services.GetRequiredKeyedService<PatroniClient>(cluster.Name),
            context.Services.GetRequiredService<ResourceCommandService>(),
            context.Services.GetRequiredService<ResourceNotificationService>());
        DrillReport report = await drill.RunAsync(context.CancellationToken);
        return report.Violations.Count == 0
            ? CommandResults.Success("The drill passed.", report.ToString())
            : CommandResults.Failure($"The drill failed: {string.Join("; ", report.Violations)}", report.ToString());
    }
}

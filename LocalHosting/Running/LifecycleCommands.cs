using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>The commands that every container and project has.</summary>
internal static class LifecycleCommands
{
    public static void Add(ResourceInstance instance)
    {
        Add(instance, KnownResourceCommands.StartCommand, "Start", "started", "Play", IsStartable, instance.StartAsync);
        Add(instance, KnownResourceCommands.StopCommand, "Stop", "stopped", "Stop", IsStoppable, instance.StopAsync);
        Add(instance, KnownResourceCommands.RestartCommand, "Restart", "restarted", "ArrowCounterclockwise", IsRestartable, async ct =>
        {
            await instance.StopAsync(ct);
            await instance.StartAsync(ct);
        });
    }

    private static void Add(
        ResourceInstance instance,
        string name,
        string displayName,
        string done,
        string icon,
        Func<string?, ResourceCommandState> state,
        Func<CancellationToken, Task> execute)
    {
        var resource = instance.Resource;
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().Any(c => c.Name == name))
        {
            return;
        }

        resource.Annotations.Add(new ResourceCommandAnnotation(
            name,
            displayName,
            context => state(context.ResourceSnapshot.State?.Text),
            async context =>
            {
                await execute(context.CancellationToken);
                return CommandResults.Success($"Successfully {done} '{resource.Name}'.");
            },
            $"{displayName} resource",
            arguments: null,
            confirmationMessage: null,
            iconName: icon,
            iconVariant: IconVariant.Filled,
            isHighlighted: name != KnownResourceCommands.RestartCommand));
    }

    private static bool HasEnded(string? state) => state == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(state);

    private static ResourceCommandState IsStartable(string? state) =>
        HasEnded(state) || state == KnownResourceStates.Waiting ? ResourceCommandState.Enabled
        : state == KnownResourceStates.Starting || state is null ? ResourceCommandState.Disabled
        : ResourceCommandState.Hidden;

    private static ResourceCommandState IsStoppable(string? state) =>
        state == KnownResourceStates.Stopping ? ResourceCommandState.Disabled
        : state == KnownResourceStates.Running ? ResourceCommandState.Enabled
        : ResourceCommandState.Hidden;

    private static ResourceCommandState IsRestartable(string? state) =>
        state == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Waits for one thing that a resource waits for.</summary>
internal static class DependencyWait
{
    public static async Task RunAsync(
        ResourceNotificationService notifications,
        IResource resource,
        WaitAnnotation wait,
        WaitBehavior behavior,
        CancellationToken cancellationToken)
    {
        var name = wait.Resource.Name;
        var stops = behavior == WaitBehavior.StopOnResourceUnavailable;
        switch (wait.WaitType)
        {
            case WaitType.WaitForCompletion:
                var ended = await notifications.WaitForResourceAsync(name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken);
                if (ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart)
                {
                    throw Failed(resource, $"'{name}' failed to start");
                }

                if (ended.Snapshot.ExitCode is { } exitCode && exitCode != wait.ExitCode)
                {
                    throw Failed(resource, $"'{name}' ended with exit code {exitCode}, not {wait.ExitCode}");
                }

                return;

            case WaitType.WaitUntilStarted:
                await WaitForRunningAsync();
                return;

            default:
                await WaitForRunningAsync();
                await notifications.WaitForResourceAsync(name, e => e.Snapshot.HealthStatus == HealthStatus.Healthy, cancellationToken);
                var ready = await notifications.WaitForResourceAsync(name, e => e.Snapshot.ReadyTask is not null, cancellationToken);
                await ready.Snapshot.ReadyTask!.WaitAsync(cancellationToken);
                return;
        }

        async Task WaitForRunningAsync()
        {
            var @event = await notifications.WaitForResourceAsync(
                name,
                e => e.Snapshot.State?.Text == KnownResourceStates.Running || (stops && ResourceSnapshots.IsUnavailable(e.Snapshot)),
                cancellationToken);
            if (@event.Snapshot.State?.Text != KnownResourceStates.Running)
            {
                throw Failed(resource, $"'{name}' is {@event.Snapshot.State?.Text}");
            }
        }
    }

    private static DistributedApplicationException Failed(IResource resource, string reason) =>
        new($"The resource '{resource.Name}' cannot start because {reason}.");
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>Starts a node again that has crashed, with growing pauses, until it has crashed too often in a row.</summary>
internal sealed partial class CrashRestart(
    ResourceCommandService commands, ResourceNotificationService notifications, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CrashRestart> logger)
{
    /// <summary>The property of a node's resource that tells about its restarts; there while it waits for another start.</summary>
    internal const string Property = "patroni.restart";

    private readonly ConcurrentDictionary<string, CrashCount> _counts = [];

    /// <summary>Starts the node again when its turn comes, unless somebody else did or the app host is stopping.</summary>
    public async Task StartAgainAsync(NodeExit exit, int limit, CancellationToken cancellationToken)
    {
        PatroniNodeResource node = exit.Node;
        CrashCount count = _counts.GetOrAdd(node.Name, _ => new CrashCount());
        if (count.Next(exit.RanFor, limit) is not { } pause)
        {
            GaveUp(logger, node.Name, count.InARow);
            await ShowAsync(node, string.Create(CultureInfo.InvariantCulture, $"crashed {count.InARow} times in a row; start it by hand"));
            return;
        }

        StartsAgain(logger, node.Name, count.InARow, pause.TotalSeconds);
        if (pause > TimeSpan.Zero)
        {
            await ShowAsync(node, string.Create(CultureInfo.InvariantCulture, $"crashed {count.InARow} times in a row; starts again after {pause.TotalSeconds:F0} s"));
            await Task.Delay(pause, time, cancellationToken);
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested
            || !notifications.TryGetCurrentState(exit.ResourceId, out ResourceEvent? now) || !ExitTracker.IsExited(now))
        {
            return;
        }

        ExecuteCommandResult result = await commands.ExecuteCommandAsync(node, KnownResourceCommands.StartCommand, cancellationToken);
        if (!result.Success && !result.Canceled)
        {
            NotStarted(logger, node.Name, result.Message ?? "no reason given");
            await ShowAsync(node, "could not be started again; start it by hand");
        }
    }

    /// <summary>Takes back what was shown of a node, once it runs.</summary>
    public Task ClearAsync(ResourceEvent running) =>
        running.Snapshot.State?.Text == KnownResourceStates.Running && running.Snapshot.Properties.Any(property => property.Name == Property)
            ? ShowAsync((PatroniNodeResource)running.Resource, null)
            : Task.CompletedTask;

    private Task ShowAsync(PatroniNodeResource node, string? text) => notifications.PublishUpdateAsync(node, snapshot => snapshot with
    {
        Properties = Replace(snapshot.Properties, text),
    });

    private static ImmutableArray<ResourcePropertySnapshot> Replace(ImmutableArray<ResourcePropertySnapshot> properties, string? text)
    {
        IEnumerable<ResourcePropertySnapshot> others = properties.Where(property => property.Name != Property);
        return text is null ? [.. others] : [.. others, new ResourcePropertySnapshot(Property, text)];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} crashed ({Count} in a row); it is started again after {Seconds} s")]
    private static partial void StartsAgain(ILogger logger, string node, int count, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Node} crashed {Count} times in a row and is not started again; look at its log, then start it by hand")]
    private static partial void GaveUp(ILogger logger, string node, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Node} crashed and could not be started again: {Reason}")]
    private static partial void NotStarted(ILogger logger, string node, string reason);
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Terminal;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Answers a second terminal from the running application.</summary>
internal sealed class LocalControlTarget(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ResourceCommandService commands,
    IHostApplicationLifetime lifetime) : IControlTarget
{
    public IReadOnlyList<ResourceRow> ListResources() =>
        [.. model.Resources.Select(r => notifications.TryGetCurrentState(r.Name, out var current) ? ResourceRows.From(current) : null).OfType<ResourceRow>()];

    public async IAsyncEnumerable<ResourceRow> FollowResourcesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var @event in notifications.WatchAsync(cancellationToken))
        {
            yield return ResourceRows.From(@event);
        }
    }

    public async Task<CommandOutcome> ExecuteCommandAsync(
        string resource,
        string command,
        IReadOnlyDictionary<string, string?> arguments,
        CancellationToken cancellationToken)
    {
        var inputs = arguments.Select(a => new InteractionInput { Name = a.Key, InputType = InputType.Text, Value = a.Value });
        var result = await commands.ExecuteCommandAsync(resource, command, new InteractionInputCollection([.. inputs]), cancellationToken);
        return new CommandOutcome(result.Success, result.Canceled, result.Message, result.Data?.Value);
    }

    public async IAsyncEnumerable<LogRow> ReadLogsAsync(string? resource, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = resource is null ? model.Resources.Select(r => r.Name).ToArray() : [resource];
        if (!follow)
        {
            foreach (var row in names.SelectMany(n => loggers.Log(n).Lines().Select(l => Row(n, l))).OrderBy(r => r.Timestamp))
            {
                yield return row;
            }

            yield break;
        }

        var rows = Channel.CreateUnbounded<LogRow>();
        var reading = Task.WhenAll(names.Select(n => CopyAsync(n, rows.Writer, cancellationToken)));
        _ = reading.ContinueWith(_ => rows.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await foreach (var row in rows.Reader.ReadAllAsync(cancellationToken))
        {
            yield return row;
        }
    }

    public void RequestStop() => lifetime.StopApplication();

    private async Task CopyAsync(string name, ChannelWriter<LogRow> rows, CancellationToken cancellationToken)
    {
        await foreach (var batch in loggers.Log(name).WatchAsync(cancellationToken))
        {
            foreach (var line in batch)
            {
                await rows.WriteAsync(Row(name, line), cancellationToken);
            }
        }
    }

    private static LogRow Row(string name, ResourceLogLine line) => new(name, line.Text, line.IsError, line.Time);
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Docker.DotNet;
using Docker.DotNet.Models;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>
/// Tells when containers end, from the engine's event stream. One stream serves all waiters; it is opened with the first one.
/// </summary>
internal sealed partial class ContainerExits(DockerEngine engine, DockerClient client, ILogger logger) : IAsyncDisposable
{
    // Only after the stream broke, which is the engine restarting: nothing else tells that it is back.
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(500);

    private const int Unknown = -1;

    private readonly ConcurrentDictionary<Waiter, bool> _waiters = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Lock _starting = new();
    private Task? _stream;

    public async Task<int> WaitAsync(string id, CancellationToken cancellationToken)
    {
        var before = await InspectAsync(id, cancellationToken);
        if (!before.Running)
        {
            return ExitCodeOf(before);
        }

        var waiter = new Waiter(before.Id, before.StartedAt ?? DateTimeOffset.MinValue);
        _waiters[waiter] = true;
        try
        {
            EnsureStream(waiter.StartedAt);

            // It may have ended between the first look and the stream.
            var after = await InspectAsync(id, cancellationToken);
            if (!after.Running || after.StartedAt != before.StartedAt)
            {
                return ExitCodeOf(after);
            }

            return await waiter.ExitCode.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiters.TryRemove(waiter, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _lifetime.CancelAsync();
        if (_stream is { } stream)
        {
            await stream.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (var waiter in _waiters.Keys)
        {
            waiter.ExitCode.TrySetCanceled(_lifetime.Token);
        }

        _lifetime.Dispose();
    }

    private async Task<ContainerStatus> InspectAsync(string id, CancellationToken cancellationToken) =>
        await engine.InspectContainerAsync(id, cancellationToken) ?? throw new ContainerGoneException(id);

    private void EnsureStream(DateTimeOffset since)
    {
        lock (_starting)
        {
            _stream ??= Task.Run(() => FollowAsync(since, _lifetime.Token));
        }
    }

    private async Task FollowAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var events = Channel.CreateUnbounded<Message>(new() { SingleReader = true, SingleWriter = true });
            var reading = ReadAsync(since, events.Writer, cancellationToken);
            await foreach (var message in events.Reader.ReadAllAsync(cancellationToken))
            {
                since = TimeOf(message) ?? since;
                await ApplyAsync(message, cancellationToken);
            }

            await reading;
            await Task.Delay(Reconnect, cancellationToken);
            await LookAtAllAsync(cancellationToken);
        }
    }

    private async Task ReadAsync(DateTimeOffset since, ChannelWriter<Message> events, CancellationToken cancellationToken)
    {
        try
        {
            var parameters = new ContainerEventsParameters
            {
                Since = string.Create(CultureInfo.InvariantCulture, $"{since.ToUnixTimeMilliseconds() / 1000m:0.000}"),
                Filters = new Dictionary<string, IDictionary<string, bool>>
                {
                    ["type"] = new Dictionary<string, bool> { ["container"] = true },

                    // Docker's names and Podman's.
                    ["event"] = new Dictionary<string, bool> { ["die"] = true, ["died"] = true, ["destroy"] = true, ["remove"] = true },
                },
            };
            await client.System.MonitorEventsAsync(parameters, new Relay<Message>(message => events.TryWrite(message)), cancellationToken);
        }
        catch (Exception broken) when (broken is not OperationCanceledException)
        {
            LogStreamBroke(logger, EngineErrors.Message(broken));
        }
        finally
        {
            events.Complete();
        }
    }

    private async Task ApplyAsync(Message message, CancellationToken cancellationToken)
    {
        var id = message.Actor?.ID;
        var time = TimeOf(message);
        foreach (var waiter in _waiters.Keys.Where(waiter => waiter.Id == id && (time is null || time >= waiter.StartedAt)))
        {
            if (message.Action is "destroy" or "remove")
            {
                waiter.ExitCode.TrySetException(new ContainerGoneException(waiter.Id));
                continue;
            }

            // The event says it, and the container itself is not to be asked while the engine takes its network and file system down: a quarter of a second.
            waiter.ExitCode.TrySetResult(ExitCodeOf(message) ?? (await TryInspectAsync(waiter.Id, cancellationToken))?.ExitCode ?? Unknown);
        }
    }

    // The engine keeps only its last events: after a gap each container is looked at.
    private async Task LookAtAllAsync(CancellationToken cancellationToken)
    {
        foreach (var waiter in _waiters.Keys)
        {
            try
            {
                var status = await engine.InspectContainerAsync(waiter.Id, cancellationToken);
                if (status is null)
                {
                    waiter.ExitCode.TrySetException(new ContainerGoneException(waiter.Id));
                }
                else if (!status.Running || status.StartedAt != waiter.StartedAt)
                {
                    waiter.ExitCode.TrySetResult(ExitCodeOf(status));
                }
            }
            catch (EngineException stillAway)
            {
                LogStreamBroke(logger, stillAway.Message);
                return;
            }
        }
    }

    private async Task<ContainerStatus?> TryInspectAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.InspectContainerAsync(id, cancellationToken);
        }
        catch (EngineException)
        {
            return null;
        }
    }

    private static int ExitCodeOf(ContainerStatus status) => status.ExitCode ?? Unknown;

    // Docker's attribute and Podman's.
    private static int? ExitCodeOf(Message message) =>
        message.Actor?.Attributes is { } attributes
        && (attributes.TryGetValue("exitCode", out var code) || attributes.TryGetValue("containerExitCode", out code))
        && int.TryParse(code, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static DateTimeOffset? TimeOf(Message message) =>
        message.TimeNano is { } nanoseconds and > 0 ? DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100) : null;

    [LoggerMessage(LogLevel.Debug, "The container engine's event stream broke: {Reason}")]
    private static partial void LogStreamBroke(ILogger logger, string reason);

    private sealed class Waiter(string id, DateTimeOffset startedAt)
    {
        public string Id { get; } = id;

        public DateTimeOffset StartedAt { get; } = startedAt;

        public TaskCompletionSource<int> ExitCode { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary><see cref="IProgress{T}"/> that calls back in place, so that the order is kept.</summary>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

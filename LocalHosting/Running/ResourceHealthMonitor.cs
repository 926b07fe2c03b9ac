using System.Collections.Concurrent;
using System.Collections.Immutable;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>
/// Checks the health of every running resource, and publishes <see cref="ResourceReadyEvent"/> at its first good result.
/// The cadence is Aspire's: every 30 s while healthy, else after 1, 2, … 5 s, and at once when the resource's state changes, but not twice within a second.
/// </summary>
internal sealed partial class ResourceHealthMonitor(
    ResourceNotificationService notifications,
    HealthCheckService healthChecks,
    IDistributedApplicationEventing eventing,
    IServiceProvider services,
    TimeProvider time,
    ILogger<ResourceHealthMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan HealthyInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnhealthyStep = TimeSpan.FromSeconds(1);
    private const int MaxUnhealthySteps = 5;

    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Monitored> _monitored = new(Comparers.ResourceName);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var @event in notifications.WatchAsync(stoppingToken))
            {
                var name = @event.Resource.Name;
                var state = @event.Snapshot.State?.Text;
                if (_monitored.TryGetValue(name, out var known))
                {
                    known.Notice(state);
                }
                else if (state == KnownResourceStates.Running)
                {
                    var monitored = _monitored[name] = new Monitored(state, stoppingToken);
                    _ = Task.Run(() => MonitorAsync(@event.Resource, monitored, monitored.Token), monitored.Token);
                }

                if (KnownResourceStates.TerminalStates.Contains(state) && _monitored.TryRemove(name, out var ended))
                {
                    await ended.EndAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task MonitorAsync(IResource resource, Monitored monitored, CancellationToken cancellationToken)
    {
        var keys = resource.HealthCheckKeys();
        if (keys.Count == 0)
        {
            await PublishReadyAsync(resource, cancellationToken);
            return;
        }

        var isReady = false;
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var report = await healthChecks.CheckHealthAsync(r => keys.Contains(r.Name), cancellationToken);
                var now = time.GetUtcNow().UtcDateTime;

                // A check that was under way when the resource stopped says nothing about its next start.
                await notifications.PublishUpdateAsync(
                    resource,
                    s => cancellationToken.IsCancellationRequested ? s : s with { HealthReports = Merge(s.HealthReports, report, now) });
                failures = report.Status == HealthStatus.Healthy ? 0 : failures + 1;
                if (failures == 0 && !isReady)
                {
                    isReady = true;
                    _ = Task.Run(() => PublishReadyAsync(resource, cancellationToken), cancellationToken);
                }

                await Task.Delay(LeastInterval, time, cancellationToken);
                await monitored.StateChangedAsync(
                    (failures == 0 ? HealthyInterval : UnhealthyStep * Math.Min(failures, MaxUnhealthySteps)) - LeastInterval, time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (InvalidOperationException exception)
            {
                // For example a key that no check is registered under.
                LogCannotCheck(logger, resource.Name, exception.Message);
                return;
            }
        }
    }

    private async Task PublishReadyAsync(IResource resource, CancellationToken cancellationToken)
    {
        var handlers = eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken);
        await handlers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (handlers.Exception?.GetBaseException() is { } failure)
        {
            LogReadyFailed(logger, resource.Name, failure.Message);
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            await notifications.PublishUpdateAsync(resource, s => s with { ReadyTask = handlers });
        }
    }

    private static ImmutableArray<HealthReportSnapshot> Merge(ImmutableArray<HealthReportSnapshot> known, HealthReport report, DateTime now)
    {
        var fresh = report.Entries.Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.ToString()) { LastRunAt = now }).ToArray();
        return [.. known.Where(k => !fresh.Any(f => f.Name == k.Name)), .. fresh];
    }

    /// <summary>A resource while it is monitored.</summary>
    private sealed class Monitored(string? state, CancellationToken stoppingToken)
    {
        private readonly CancellationTokenSource _lifetime = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private string? _state = state;

        public CancellationToken Token => _lifetime.Token;

        public void Notice(string? state)
        {
            if (state != _state)
            {
                _state = state;
                _changed.TrySetResult();
            }
        }

        /// <summary>Returns when the state has changed since the last call, or after the limit.</summary>
        public async Task StateChangedAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
        {
            if (limit > TimeSpan.Zero)
            {
                await _changed.Task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (_changed.Task.IsCompleted)
            {
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public async Task EndAsync()
        {
            await _lifetime.CancelAsync();
            _lifetime.Dispose();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The health of {Resource} cannot be checked: {Reason}")]
    private static partial void LogCannotCheck(ILogger logger, string resource, string reason);

    [LoggerMessage(LogLevel.Error, "A step that was to follow the readiness of {Resource} failed: {Reason}")]
    private static partial void LogReadyFailed(ILogger logger, string resource, string reason);
}

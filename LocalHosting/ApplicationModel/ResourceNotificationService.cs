using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A resource's state changed.</summary>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

/// <summary>How waiting behaves unless said otherwise.</summary>
public sealed class ResourceNotificationServiceOptions
{
    public WaitBehavior DefaultWaitBehavior { get; set; }
}

/// <summary>Keeps the newest snapshot of every resource, and tells who waits for it.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(Comparers.ResourceName);
    private readonly ConcurrentDictionary<Channel<ResourceEvent>, bool> _watchers = new();
    private readonly IServiceProvider _services;
    private readonly CancellationTokenSource _disposing = new();

    internal ResourceNotificationService(IServiceProvider services)
    {
        _services = services;
    }

    private WaitBehavior DefaultWaitBehavior => _services.GetRequiredService<IOptions<ResourceNotificationServiceOptions>>().Value.DefaultWaitBehavior;

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return PublishUpdateAsync(resource, resource.Name, stateFactory);
    }

    /// <summary>The factory gets the newest snapshot; a resource's updates happen one at a time.</summary>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(stateFactory);
        var entry = _entries.GetOrAdd(resourceId, _ => new Entry());
        lock (entry.Gate)
        {
            var changed = stateFactory(entry.Last?.Snapshot ?? ResourceSnapshots.Initial(resource));
            var snapshot = ResourceSnapshots.WithModelFacts(resource, changed, _services);
            if (entry.Last is { } last && ResourceSnapshots.SaySame(last.Snapshot, snapshot))
            {
                return Task.CompletedTask;
            }

            var @event = new ResourceEvent(resource, resourceId, snapshot);
            entry.Last = @event;
            foreach (var watcher in _watchers.Keys)
            {
                watcher.Writer.TryWrite(@event);
            }
        }

        return Task.CompletedTask;
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        resourceEvent = _entries.TryGetValue(resourceId, out var entry) ? entry.Last : null;
        return resourceEvent is not null;
    }

    /// <summary>Every resource's newest snapshot, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        var channel = Channel.CreateUnbounded<ResourceEvent>(new UnboundedChannelOptions { SingleReader = true });
        _watchers[channel] = true;
        try
        {
            foreach (var entry in _entries.Values)
            {
                if (entry.Last is { } last)
                {
                    yield return last;
                }
            }

            await foreach (var @event in channel.Reader.ReadAllAsync(linked.Token))
            {
                yield return @event;
            }
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState is { Length: > 0 } ? targetState : KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var @event = await WaitForResourceAsync(resourceName, e => e.Snapshot.State?.Text is { } state && states.Contains(state), cancellationToken);
        return @event.Snapshot.State!.Text;
    }

    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        try
        {
            await foreach (var @event in WatchAsync(cancellationToken))
            {
                if (Comparers.ResourceName.Equals(@event.Resource.Name, resourceName) && predicate(@event))
                {
                    return @event;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(CancellationMessage(resourceName), cancellationToken);
        }

        throw new OperationCanceledException(CancellationMessage(resourceName));
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    /// <summary>Waits until the resource is healthy and the subscribers of its <see cref="ResourceReadyEvent"/> are done.</summary>
    /// <exception cref="DistributedApplicationException">There is no such resource, or it stopped or failed to start; not with <see cref="WaitBehavior.WaitOnResourceUnavailable"/>.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var stops = waitBehavior == WaitBehavior.StopOnResourceUnavailable;
        if (stops && _services.GetService<DistributedApplicationModel>()?.Resources.TryGetByName(resourceName, out _) == false)
        {
            throw new DistributedApplicationException($"Stopped waiting for resource '{resourceName}' to become healthy because it does not exist in the application model.");
        }

        var @event = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy || (stops && ResourceSnapshots.IsUnavailable(e.Snapshot)),
            cancellationToken);
        if (@event.Snapshot.HealthStatus != HealthStatus.Healthy)
        {
            throw new DistributedApplicationException($"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start.");
        }

        @event = await WaitForResourceAsync(resourceName, e => e.Snapshot.ReadyTask is not null, cancellationToken);
        await @event.Snapshot.ReadyTask!.WaitAsync(cancellationToken);
        return @event;
    }

    /// <summary>Waits for everything the resource waits for.</summary>
    /// <exception cref="DistributedApplicationException">Something waited for can no longer come.</exception>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var waits = resource.Annotations.OfType<WaitAnnotation>().ToArray();
        if (waits.Length == 0)
        {
            return;
        }

        await PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Waiting });
        await Task.WhenAll(waits.Select(wait => DependencyWait.RunAsync(this, resource, wait, wait.WaitBehavior ?? DefaultWaitBehavior, cancellationToken)));
    }

    public void Dispose()
    {
        _disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    private string CancellationMessage(string resourceName)
    {
        if (!TryGetCurrentState(resourceName, out var current))
        {
            return $"Waiting for resource '{resourceName}' was cancelled; its state is not known.";
        }

        var snapshot = current.Snapshot;
        var failing = snapshot.HealthReports.Where(r => r.Status != HealthStatus.Healthy).Select(r => $"{r.Name}: {r.ExceptionText?.Split('\n')[0] ?? r.Description ?? "no result yet"}");
        return $"Waiting for resource '{resourceName}' was cancelled; state {snapshot.State?.Text ?? "unknown"}, health {snapshot.HealthStatus?.ToString() ?? "unknown"}{string.Concat(failing.Select(f => $"; {f}"))}.";
    }

    private sealed class Entry
    {
        public Lock Gate { get; } = new();

        public ResourceEvent? Last { get; set; }
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Eventing;

/// <inheritdoc/>
public class DistributedApplicationEventing : IDistributedApplicationEventing
{
    private readonly ConcurrentDictionary<Type, ImmutableList<DistributedApplicationEventSubscription>> _subscriptions = new();

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent =>
        Add(typeof(T), new DistributedApplicationEventSubscription((@event, ct) => callback((T)@event, ct)));

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent =>
        Add(typeof(T), new DistributedApplicationResourceEventSubscription(
            resource,
            (@event, ct) => ReferenceEquals(@event.Resource, resource) ? callback((T)@event, ct) : Task.CompletedTask));

    public void Unsubscribe(DistributedApplicationEventSubscription subscription)
    {
        foreach (var type in _subscriptions.Keys)
        {
            _subscriptions.AddOrUpdate(type, [], (_, existing) => existing.Remove(subscription));
        }
    }

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent => PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        if (!_subscriptions.TryGetValue(typeof(T), out var subscriptions) || subscriptions.IsEmpty)
        {
            return Task.CompletedTask;
        }

        switch (dispatchBehavior)
        {
            case EventDispatchBehavior.BlockingConcurrent:
                return Task.WhenAll(subscriptions.Select(s => s.Callback(@event, cancellationToken)));
            case EventDispatchBehavior.NonBlockingConcurrent:
                foreach (var subscription in subscriptions)
                {
                    _ = Task.Run(() => subscription.Callback(@event, cancellationToken), cancellationToken);
                }

                return Task.CompletedTask;
            case EventDispatchBehavior.NonBlockingSequential:
                _ = Task.Run(RunInTurnAsync, cancellationToken);
                return Task.CompletedTask;
            default:
                return RunInTurnAsync();
        }

        async Task RunInTurnAsync()
        {
            foreach (var subscription in subscriptions)
            {
                await subscription.Callback(@event, cancellationToken);
            }
        }
    }

    private DistributedApplicationEventSubscription Add(Type type, DistributedApplicationEventSubscription subscription)
    {
        _subscriptions.AddOrUpdate(type, _ => [subscription], (_, existing) => existing.Add(subscription));
        return subscription;
    }
}

using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Docker;
using HaPgAspire.LocalHosting.Eventing;
using HaPgAspire.LocalHosting.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Runs the application: starts every resource, each as soon as what it waits for is there, and in the end leaves nothing behind.</summary>
internal sealed partial class LocalOrchestrator(
    IServiceProvider services,
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    IDistributedApplicationEventing eventing,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    TelemetryCollector telemetry,
    DisplayOutput output,
    IEnumerable<IDistributedApplicationEventingSubscriber> subscribers,
    IConfiguration configuration,
    ILoggerFactory loggerFactory) : IHostedService, IAsyncDisposable
{
    private readonly RunContext _run = new(services, model, executionContext, eventing, notifications, loggers, output);
    private readonly List<ResourceInstance> _instances = [];
    private readonly ILogger _logger = loggerFactory.CreateLogger("HaPgAspire.LocalHosting");
    private Task? _stop;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var subscriber in subscribers)
        {
            await subscriber.SubscribeAsync(eventing, executionContext, cancellationToken);
        }

        try
        {
            if (executionContext.IsRunMode)
            {
                await ConnectAsync(cancellationToken);
            }

            await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken);
            if (executionContext.IsRunMode)
            {
                await RunAsync(cancellationToken);
            }
        }
        catch (EngineException exception)
        {
            await StopOnceAsync();
            throw new DistributedApplicationException(exception.Message, exception);
        }
        catch
        {
            await StopOnceAsync();
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => StopOnceAsync();

    public async ValueTask DisposeAsync() => await StopOnceAsync();

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        EndpointAllocation.Allocate(model.Resources, configuration.GetValue<bool>("DcpPublisher:RandomizePorts"));
        foreach (var resource in model.Resources.Where(r => r.HasInstance()))
        {
            ResourceInstance instance = resource.IsContainer() ? new ContainerInstance(resource, _run, _run.Engine!) : new ProcessInstance(resource, _run);
            _instances.Add(instance);
            LifecycleCommands.Add(instance);
        }

        foreach (var container in _instances.OfType<ContainerInstance>().Where(c => !c.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>()))
        {
            container.PrepareImage();
        }

        telemetry.Start(_run);
        await PublishInitialStatesAsync(cancellationToken);
        await StartInstancesAsync(cancellationToken);
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken);
    }

    /// <summary>Finds the container engine, clears what killed app hosts left, and has the network made.</summary>
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var hasContainers = model.GetContainerResources().Any();
        if (hasContainers)
        {
            var engine = DockerEngine.Connect(_logger);
            EngineInfo info;
            try
            {
                info = await engine.CheckAsync(cancellationToken);
            }
            catch
            {
                await engine.DisposeAsync();
                throw;
            }

            _run.Engine = engine;
            LogEngine(_logger, info.Name, info.Version, engine.Endpoint);

            // Not to be interrupted: the engine may create it all the same, and then nobody removes it.
            _run.NetworkCreated = engine.EnsureNetworkAsync(_run.Network, AppHostIdentity.Current.Labels, CancellationToken.None);
            await engine.SweepAsync(AppHostIdentity.Current, cancellationToken);
        }

        OwnedProcesses.Sweep();
    }

    private async Task PublishInitialStatesAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources)
        {
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                Relationships = ResourceSnapshots.Relationships(resource),
                HealthReports = ResourceSnapshots.InitialHealthReports(resource),
                State = resource.HasAnnotationOfType<ExplicitStartupAnnotation>() ? KnownResourceStates.NotStarted : s.State,
            });
        }

        foreach (var parameter in model.Resources.OfType<ParameterResource>())
        {
            var value = await parameter.GetValueAsync(cancellationToken);
            await notifications.PublishUpdateAsync(parameter, s => s with
            {
                State = KnownResourceStates.Running,
                Properties = s.Properties.With("Value", value, isSensitive: parameter.Secret),
            });
        }

        foreach (var resource in model.Resources)
        {
            var @event = new InitializeResourceEvent(resource, eventing, loggers, notifications, services);
            await eventing.PublishAsync(@event, EventDispatchBehavior.NonBlockingConcurrent, cancellationToken);
        }

        foreach (var resource in model.Resources.Where(r => r.HasAnnotationOfType<EndpointAnnotation>()))
        {
            await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, services), cancellationToken);
            await ResourceUrls.PublishAsync(_run, resource, cancellationToken);
        }
    }

    /// <summary>All at once; what the container engine cannot do ends the start, what a resource itself cannot leaves it failed and the others running.</summary>
    private async Task StartInstancesAsync(CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        EngineException? failure = null;
        await Task.WhenAll(_instances.Where(i => !i.Resource.HasAnnotationOfType<ExplicitStartupAnnotation>()).Select(i => Task.Run(() => StartAsync(i), failed.Token)));
        if (failure is not null)
        {
            throw failure;
        }

        cancellationToken.ThrowIfCancellationRequested();

        async Task StartAsync(ResourceInstance instance)
        {
            try
            {
                await instance.StartAsync(failed.Token);
            }
            catch (EngineException exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
                await failed.CancelAsync();
            }
            catch (OperationCanceledException) when (failed.IsCancellationRequested)
            {
                // The failure, or the caller's cancellation, is reported once.
            }
#pragma warning disable CA1031 // The resource's state and log tell.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogNotStarted(_logger, instance.Resource.Name, exception.Message);
            }
        }
    }

    private Task StopOnceAsync()
    {
        lock (_instances)
        {
            return _stop ??= StopAllAsync();
        }
    }

    private async Task StopAllAsync()
    {
        foreach (var group in StopOrder.Groups([.. _instances.Select(i => i.Resource)]))
        {
            await Task.WhenAll(_instances.Where(i => group.Contains(i.Resource)).Select(StopOneAsync));
        }

        await telemetry.DisposeAsync();
        if (_run.Engine is { } engine)
        {
            await TryAsync(engine, async () => await _run.NetworkCreated);
            await TryAsync(engine, () => engine.RemoveNetworkAsync(_run.Network, CancellationToken.None));
            await engine.DisposeAsync();
        }
    }

    private async Task StopOneAsync(ResourceInstance instance)
    {
        try
        {
            await instance.StopAsync(CancellationToken.None);
            await instance.DisposeAsync();
        }
        catch (EngineException exception)
        {
            LogNotStopped(_logger, instance.Resource.Name, exception.Message);
        }
    }

    private async Task TryAsync(DockerEngine engine, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException)
        {
            LogNotStopped(_logger, engine.Endpoint.ToString(), exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Hosting engine: local, on {Name} {Version} at {Endpoint}")]
    private static partial void LogEngine(ILogger logger, string name, string version, Uri endpoint);

    [LoggerMessage(LogLevel.Error, "{Resource} did not start: {Reason}")]
    private static partial void LogNotStarted(ILogger logger, string resource, string reason);

    [LoggerMessage(LogLevel.Warning, "Not everything of {Resource} could be removed: {Reason}")]
    private static partial void LogNotStopped(ILogger logger, string resource, string reason);
}

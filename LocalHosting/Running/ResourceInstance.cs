using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Eventing;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>A resource that this engine starts and stops. Its starts and stops happen one at a time.</summary>
internal abstract partial class ResourceInstance(IResource resource, RunContext run) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private CancellationTokenSource? _starting;
    private CancellationTokenSource? _waiting;
    private Task _ended = Task.CompletedTask;
    private volatile bool _runs;

    public IResource Resource { get; } = resource;

    protected RunContext Run { get; } = run;

    protected ResourceLog Log => Run.Loggers.Log(Resource.Name);

    /// <summary>The state of an instance that has ended.</summary>
    protected abstract string EndedState { get; }

    /// <summary>Starts the resource; one that waits for others stops waiting and starts.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await CancelAsync(Volatile.Read(ref _waiting)))
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_runs)
            {
                // Whoever answers a reported end with a start comes while that end is still being told to others.
                await _ended.WaitAsync(cancellationToken);
                await StartOneAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops the resource, whatever it is doing.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await CancelAsync(Volatile.Read(ref _starting));
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_ended.IsCompleted)
            {
                await Run.PublishStateAsync(Resource, s => s with { State = KnownResourceStates.Stopping });
                await TerminateAsync(cancellationToken);
                await _ended.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public virtual ValueTask DisposeAsync()
    {
        _gate.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Starts the container or process.</summary>
    /// <returns>Completes with the exit code, null if unknown, when it has ended and its log is complete.</returns>
    protected abstract Task<Task<int?>> LaunchAsync(CancellationToken cancellationToken);

    /// <summary>Ends the container or process.</summary>
    protected abstract Task TerminateAsync(CancellationToken cancellationToken);

    private static async Task<bool> CancelAsync(CancellationTokenSource? source)
    {
        try
        {
            await (source?.CancelAsync() ?? Task.CompletedTask);
            return source is not null;
        }
        catch (ObjectDisposedException)
        {
            // What it was about has just ended.
            return false;
        }
    }

    private async Task StartOneAsync(CancellationToken cancellationToken)
    {
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _starting, starting);
        try
        {
            await Run.PublishConnectionStringAvailableAsync(Resource, starting.Token);
            await Run.PublishStateAsync(Resource, s => s with
            {
                State = KnownResourceStates.Starting,
                StartTimeStamp = null,
                StopTimeStamp = null,
                ExitCode = null,
                ReadyTask = null,
                HealthReports = ResourceSnapshots.InitialHealthReports(Resource),
            });
            await Run.Eventing.PublishAsync(new BeforeResourceStartedEvent(Resource, Run.Services), starting.Token);
            await WaitForDependenciesAsync(starting.Token);
            var exit = await LaunchAsync(starting.Token);
            await Run.PublishStateAsync(Resource, s => s with { State = KnownResourceStates.Running, StartTimeStamp = DateTime.UtcNow });
            _runs = true;
            _ended = FollowAsync(exit);
        }
        catch (OperationCanceledException) when (starting.IsCancellationRequested)
        {
            await Run.PublishStateAsync(Resource, s => s with { State = EndedState, StopTimeStamp = DateTime.UtcNow });
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception exception)
        {
            LogFailed(Run.Loggers.GetLogger(Resource), Resource.Name, exception.Message);
            await Run.PublishStateAsync(Resource, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
                StopTimeStamp = DateTime.UtcNow,
            });
            throw;
        }
        finally
        {
            Volatile.Write(ref _starting, null);
        }
    }

    private async Task WaitForDependenciesAsync(CancellationToken cancellationToken)
    {
        if (!Resource.HasAnnotationOfType<WaitAnnotation>())
        {
            return;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _waiting, waiting);
        try
        {
            await Run.Notifications.WaitForDependenciesAsync(Resource, waiting.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotWaiting(Run.Loggers.GetLogger(Resource), Resource.Name);
        }
        finally
        {
            Volatile.Write(ref _waiting, null);
        }

        await Run.PublishStateAsync(Resource, s => s with { State = KnownResourceStates.Starting });
    }

    private async Task FollowAsync(Task<int?> exit)
    {
        int? exitCode;
        try
        {
            exitCode = await exit;
        }
#pragma warning disable CA1031 // Nobody awaits this; why the end is not known is told in the log.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogEndUnknown(Run.Loggers.GetLogger(Resource), Resource.Name, exception.Message);
            exitCode = null;
        }

        _runs = false;
        await Run.PublishStateAsync(Resource, s => s with { State = EndedState, ExitCode = exitCode, StopTimeStamp = DateTime.UtcNow });
        if (Run.Notifications.TryGetCurrentState(Resource.Name, out var ended))
        {
            foreach (var affected in Run.Model.WithDependentChildren(Resource))
            {
                await Run.Eventing.PublishAsync(new ResourceStoppedEvent(affected, Run.Services, ended), EventDispatchBehavior.NonBlockingSequential);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{Resource} did not start: {Reason}")]
    private static partial void LogFailed(ILogger logger, string resource, string reason);

    [LoggerMessage(LogLevel.Information, "{Resource} starts without waiting any longer")]
    private static partial void LogNotWaiting(ILogger logger, string resource);

    [LoggerMessage(LogLevel.Warning, "How {Resource} ended is not known: {Reason}")]
    private static partial void LogEndUnknown(ILogger logger, string resource, string reason);
}

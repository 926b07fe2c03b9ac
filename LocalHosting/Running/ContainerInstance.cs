using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>A container resource. Every start makes a new container; named volumes are what lasts.</summary>
internal sealed class ContainerInstance : ResourceInstance
{
    /// <summary>PostgreSQL and etcd end well within it; a container that needs longer says so with <c>--stop-timeout</c>.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long the rest of an ended container's output is waited for.</summary>
    private static readonly TimeSpan LogTimeout = TimeSpan.FromSeconds(2);

    private readonly DockerEngine _engine;
    private readonly Lazy<Task<EnsuredImage>> _firstImage;
    private readonly CancellationTokenSource _lifetime = new();
    private string? _containerId;
    private bool _isBuilding;

    public ContainerInstance(IResource resource, RunContext run, DockerEngine engine)
        : base(resource, run)
    {
        _engine = engine;
        _firstImage = new Lazy<Task<EnsuredImage>>(() => EnsureImageAsync(_lifetime.Token));
    }

    protected override string EndedState => KnownResourceStates.Exited;

    private string Name => $"{Resource.Name}-{Run.Suffix}";

    /// <summary>Begins to pull or build the image, so that it is there by the time the resource has waited for others.</summary>
    public void PrepareImage() => _ = _firstImage.Value;

    public override async ValueTask DisposeAsync()
    {
        await _lifetime.CancelAsync();
        await RemoveAsync();
        await base.DisposeAsync();
        _lifetime.Dispose();
    }

    protected override async Task<Task<int?>> LaunchAsync(CancellationToken cancellationToken)
    {
        // A new image is looked for at every start but the first, which has looked already.
        var image = _containerId is null ? await _firstImage.Value.WaitAsync(cancellationToken) : await EnsureImageAsync(cancellationToken);
        if (Interlocked.Exchange(ref _isBuilding, false))
        {
            await Run.PublishStateAsync(Resource, s => s with { State = KnownResourceStates.Starting });
        }

        var spec = await ContainerSpecs.CreateAsync(Run, Resource, Name, image.Reference, cancellationToken);
        await Run.NetworkCreated.WaitAsync(cancellationToken);
        await RemoveAsync();
        var id = _containerId = await _engine.CreateContainerAsync(spec, cancellationToken);
        var started = await _engine.StartContainerAsync(id, cancellationToken);
        await Run.Notifications.PublishUpdateAsync(Resource, s => s with
        {
            CreationTimeStamp = DateTime.UtcNow,
            Properties = s.Properties
                .With("container.id", id)
                .With("container.name", started.Name)
                .With("container.image", image.Reference)
                .With("container.ports", string.Join(", ", spec.Ports.Select(p => $"{p.HostPort}->{p.ContainerPort}"))),
            Volumes = [.. spec.Mounts.Select(m => new VolumeSnapshot(m.Source, m.Target, m.Kind == ContainerMountKind.Bind ? "bind" : "volume", m.ReadOnly))],
        });
        var log = FollowLogAsync(id);
        return WaitForExitAsync(id, log);
    }

    protected override async Task TerminateAsync(CancellationToken cancellationToken)
    {
        if (_containerId is { } id)
        {
            await _engine.StopContainerAsync(id, StopTimeout, cancellationToken);
        }
    }

    private async Task<EnsuredImage> EnsureImageAsync(CancellationToken cancellationToken) =>
        await _engine.EnsureImageAsync(
            await ContainerSpecs.ImageAsync(Run, Resource, cancellationToken),
            ReportProgress,
            cancellationToken);

    private void ReportProgress(string line)
    {
        Log.Append(line, isError: false);
        Run.Output.Display?.Progress(Resource.Name, line);
        if (!Interlocked.Exchange(ref _isBuilding, true))
        {
            _ = Run.PublishStateAsync(Resource, s => s.State?.Text == KnownResourceStates.Starting ? s with { State = KnownResourceStates.Building } : s);
        }
    }

    private async Task<int?> WaitForExitAsync(string id, Task log)
    {
        var exitCode = await _engine.WaitForExitAsync(id, _lifetime.Token);
        await Task.WhenAny(log, Task.Delay(LogTimeout, _lifetime.Token));
        return exitCode;
    }

    private async Task FollowLogAsync(string id)
    {
        try
        {
            await foreach (var line in _engine.ReadLogsAsync(id, new LogOptions(Follow: true), _lifetime.Token))
            {
                Log.Append(line.Text, line.IsError);
            }
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException)
        {
            Log.Append($"The container's output ends here: {exception.Message}", isError: true);
        }
    }

    private async Task RemoveAsync()
    {
        if (_containerId is { } id)
        {
            await _engine.RemoveContainerAsync(id, CancellationToken.None);
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>A running cluster with its probe: everything that the cases act on and the suite asks.</summary>
internal sealed class FaultStage : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A write acknowledged within that time belongs to now, on a busy machine as well.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly IServiceProvider _services;

    private FaultStage(IServiceProvider services, PatroniClusterResource cluster, HAProxyResource frontDoor, FaultProbe probe)
    {
        _services = services;
        Cluster = cluster;
        FrontDoor = frontDoor;
        Probe = probe;
        Patroni = services.GetRequiredKeyedService<PatroniClient>(cluster.Name);
        Etcd = services.GetRequiredKeyedService<EtcdLeases>(cluster.Name);
        Notifications = services.GetRequiredService<ResourceNotificationService>();
        Containers = new FaultContainers(services.GetRequiredService<ContainerRuntime>(), Notifications);
        Network = new FaultNetwork(Containers, cluster.Options.BaseImage);
    }

    public PatroniClusterResource Cluster { get; }

    public HAProxyResource FrontDoor { get; }

    public FaultProbe Probe { get; }

    public PatroniClient Patroni { get; }

    public EtcdLeases Etcd { get; }

    public FaultContainers Containers { get; }

    public FaultNetwork Network { get; }

    public ResourceNotificationService Notifications { get; }

    public ClusterOptions Options => Cluster.Options;

    /// <summary>The size of the data volumes in MB, with what a file system takes for itself; as large as can be where nothing limits them.</summary>
    public long VolumeLimitMb { get; private set; } = long.MaxValue;

    /// <summary>How long the cluster may take to be whole again: the lease runs out, and a replica is copied anew on a busy machine.</summary>
    public TimeSpan RecoveryLimit => TimeSpan.FromSeconds((2 * Options.Ttl) + 120);

    public IReadOnlyList<string> Names => [.. Cluster.Nodes.Select(node => node.Name)];

    /// <summary>Finds what the suite needs in an application.</summary>
    /// <exception cref="ClusterException">There is no front door, or no probe with an action token.</exception>
    public static FaultStage Create(PatroniClusterResource cluster, IServiceProvider services)
    {
        HAProxyResource frontDoor = cluster.HAProxy
            ?? throw new ClusterException($"The fault suite needs a front door: add one with AddHAProxy to {cluster.Name}.");
        (IResourceWithEndpoints Probe, ParameterResource Token)? probe = services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<IResourceWithEndpoints>()
            .SelectMany(resource => resource.Annotations.OfType<ProbeAnnotation>().Select(annotation => (resource, annotation.ActionToken)))
            .Select(found => ((IResourceWithEndpoints, ParameterResource)?)found)
            .FirstOrDefault();
        return probe is { } judge
            ? new FaultStage(services, cluster, frontDoor, new FaultProbe(judge.Probe, judge.Token))
            : throw new ClusterException("The fault suite needs the probe for a judge: add it to the app host with WithActionToken().");
    }

    public void Dispose() => Probe.Dispose();

    /// <summary>
    /// Makes the data volumes of this run before the engine does, in memory and of a limited size. Such a volume is empty again after its container has ended.
    /// </summary>
    /// <exception cref="ClusterException">The engine refused.</exception>
    public async Task LimitVolumesAsync(int sizeMb, CancellationToken cancellationToken)
    {
        VolumeLimitMb = sizeMb + 16;
        foreach (string volume in Cluster.Nodes.SelectMany(ClusterVolumes.SessionVolumes))
        {
            string user = ClusterImages.PostgresUser.ToString(CultureInfo.InvariantCulture);
            await Containers.Runtime.RunAsync(
                ["volume", "create", "--driver", "local", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", $"o=size={sizeMb}m,uid={user},gid={user},mode=0700", volume],
                cancellationToken);
        }
    }

    public ILogger<T> Logger<T>() => _services.GetRequiredService<ILogger<T>>();

    /// <summary>Runs a command of a resource that has to succeed.</summary>
    /// <exception cref="ClusterException">It failed.</exception>
    public async Task ExecuteAsync(IResource resource, string command, CancellationToken cancellationToken)
    {
        ExecuteCommandResult result = await _services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(resource, command, cancellationToken);
        if (!result.Success)
        {
            throw new ClusterException($"{command} {resource.Name} failed: {result.Message}");
        }
    }

    /// <summary>Asks again and again until something is true of the cluster.</summary>
    /// <exception cref="ClusterException">It did not become true within the limit.</exception>
    public async Task<ClusterView> AwaitAsync(string what, Func<ClusterView, bool> reached, TimeSpan limit, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        ClusterView? view = null;
        while (elapsed.Elapsed < limit)
        {
            view = await Patroni.GetClusterAsync(cancellationToken);
            if (view is not null && reached(view))
            {
                return view;
            }

            await Task.Delay(Pause, cancellationToken);
        }

        string found = view is null ? "no member answers" : string.Join("; ", view.Lacks(Names));
        throw new ClusterException($"waited {limit.TotalSeconds:F0} s for {what}: {(found.Length == 0 ? "the cluster is whole" : found)}");
    }

    /// <summary>Waits until the cluster is as it has to be before and after a case: whole, protected by its standbys, taking the probe's writes.</summary>
    /// <exception cref="ClusterException">It did not get there within the limit.</exception>
    public async Task<ClusterView> AwaitWholeAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        ClusterView view = await AwaitAsync("all members to stream and the leader to count on them", IsWhole, limit, cancellationToken);
        await AwaitFrontDoorAsync(
            "the probe's writes to be acknowledged", front => front is { IsUp: true } && DateTimeOffset.UtcNow - front.LastAcknowledged <= Fresh, elapsed, limit, cancellationToken);
        return view;
    }

    /// <summary>Waits until the probe's writes are acknowledged.</summary>
    /// <exception cref="ClusterException">They were not within the limit.</exception>
    public async Task AwaitWritesAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        DateTimeOffset from = DateTimeOffset.UtcNow;
        await AwaitFrontDoorAsync("writes to go through", front => front is { IsUp: true } && front.LastAcknowledged >= from, Stopwatch.StartNew(), limit, cancellationToken);
    }

    /// <summary>Waits until the probe says that its writes are no longer acknowledged.</summary>
    /// <exception cref="ClusterException">They still were at the limit.</exception>
    public Task AwaitNoWritesAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        AwaitFrontDoorAsync("writes to fail", front => front is { IsUp: false }, Stopwatch.StartNew(), limit, cancellationToken);

    private async Task AwaitFrontDoorAsync(string what, Func<ProbeRoute?, bool> reached, Stopwatch elapsed, TimeSpan limit, CancellationToken cancellationToken)
    {
        while (!reached(await Probe.FrontDoorAsync(cancellationToken)))
        {
            if (elapsed.Elapsed > limit)
            {
                throw new ClusterException($"waited {limit.TotalSeconds:F0} s for {what}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private bool IsWhole(ClusterView view)
    {
        int standbys = view.Members.Count(member => member.IsSynchronous);
        bool counted = Options.Synchronous switch
        {
            SynchronousMode.Off => true,
            SynchronousMode.On => standbys >= 1,
            _ => standbys == Cluster.Nodes.Count - 1,
        };
        return counted && !view.Paused && view.Lacks(Names).Count == 0;
    }
}

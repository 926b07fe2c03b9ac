using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>
/// Asks Patroni about the cluster for as long as the app host runs and publishes the answer where the dashboard and the terminal show it: role, state,
/// timeline and lag as properties of each node, the leader and whatever is missing as properties of the cluster.
/// </summary>
internal sealed partial class ClusterMonitor(
    PatroniClusterResource cluster, PatroniClient patroni, ResourceNotificationService notifications, ILogger<ClusterMonitor> logger) : BackgroundService
{
    /// <summary>The cluster's state while nobody leads it.</summary>
    private const string NoLeader = "No leader";

    /// <summary>The cluster's state while it has a leader, but not all of its replicas.</summary>
    private const string Incomplete = "Degraded";

    /// <summary>While members come up or change roles.</summary>
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(250);

    /// <summary>While the cluster is whole. A failover may then be shown this much late; nothing depends on it but the display and the health checks.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, MemberView?> _published = [];

    private bool _configured;
    private string? _leader;
    private string? _missing;

    /// <summary>The latest answer, or <see langword="null"/> while no member has given one.</summary>
    public ClusterView? Latest { get; private set; }

    /// <summary>What keeps the cluster from being whole, by <see cref="ClusterView.Lacks"/>.</summary>
    public IReadOnlyList<string> Lacks { get; private set; } = ["no member has answered yet"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string[] nodes = [.. cluster.Nodes.Select(node => node.Name)];
        while (true)
        {
            ClusterView? view = await patroni.GetClusterAsync(stoppingToken);
            Latest = view;
            Lacks = view is null ? ["no member answers"] : view.Lacks(nodes);
            await PublishNodesAsync(view);
            await PublishClusterAsync(view);
            await ConfigureAsync(view, stoppingToken);
            await Task.Delay(Lacks.Count == 0 ? Settled : Unsettled, stoppingToken);
        }
    }

    // Kept data comes with the configuration of an earlier run, which the member's files do not change.
    private async Task ConfigureAsync(ClusterView? view, CancellationToken cancellationToken)
    {
        if (_configured || view?.Leader is not { State: MemberView.Running })
        {
            return;
        }

        try
        {
            if (cluster.Options.Persistent && await patroni.ConfigureAsync(PatroniConfigurationPatch.Wanted(cluster.Options), cancellationToken))
            {
                ConfigurationChanged(logger, cluster.Name);
            }

            _configured = true;
        }
        catch (Exception e) when (e is ClusterException or HttpRequestException)
        {
            ConfigurationNotChanged(logger, cluster.Name, e.Message);
        }
    }

    private async Task PublishNodesAsync(ClusterView? view)
    {
        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            MemberView? member = view?.Find(node.Name);
            if (_published.TryGetValue(node.Name, out MemberView? last) && last == member)
            {
                continue;
            }

            _published[node.Name] = member;
            await notifications.PublishUpdateAsync(node, snapshot => snapshot with
            {
                Properties = Replace(
                    snapshot.Properties,
                    ("patroni.role", member is null ? null : ClusterTable.RoleName(member.Role)),
                    ("patroni.state", member?.State),
                    ("patroni.timeline", member?.Timeline?.ToString(CultureInfo.InvariantCulture)),
                    ("patroni.lag", member?.Lag?.ToString(CultureInfo.InvariantCulture))),
            });
        }
    }

    private async Task PublishClusterAsync(ClusterView? view)
    {
        string? leader = view?.Leader?.Name;
        string missing = string.Join("; ", Lacks);
        if (leader == _leader && missing == _missing)
        {
            return;
        }

        if (leader != _leader)
        {
            LeaderChanged(logger, cluster.Name, _leader ?? "none", leader ?? "none");
        }

        (_leader, _missing) = (leader, missing);
        await notifications.PublishUpdateAsync(cluster, snapshot => snapshot with
        {
            State = view is null && snapshot.StartTimeStamp is null ? snapshot.State : StateOf(view),
            StartTimeStamp = snapshot.StartTimeStamp ?? (view is null ? null : DateTime.UtcNow),
            Properties = Replace(snapshot.Properties, ("patroni.leader", leader), ("patroni.missing", missing.Length == 0 ? null : missing)),
        });
    }

    // Health is looked at seldom while it is good, but at once when the state changes; so what is missing shows in the state.
    private ResourceStateSnapshot StateOf(ClusterView? view) =>
        view?.Leader is null ? new ResourceStateSnapshot(NoLeader, KnownResourceStateStyles.Error)
        : Lacks.Count > 0 ? new ResourceStateSnapshot(Incomplete, KnownResourceStateStyles.Warn)
        : new ResourceStateSnapshot(KnownResourceStates.Running, KnownResourceStateStyles.Success);

    private static ImmutableArray<ResourcePropertySnapshot> Replace(
        ImmutableArray<ResourcePropertySnapshot> properties, params (string Name, string? Value)[] values)
    {
        IEnumerable<ResourcePropertySnapshot> kept = properties.Where(property => values.All(value => value.Name != property.Name));
        return [.. kept, .. values.Where(value => value.Value is not null).Select(value => new ResourcePropertySnapshot(value.Name, value.Value))];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Cluster {Cluster}: the kept configuration was brought to what the options say")]
    private static partial void ConfigurationChanged(ILogger logger, string cluster);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cluster {Cluster}: the kept configuration could not be changed yet: {Reason}")]
    private static partial void ConfigurationNotChanged(ILogger logger, string cluster, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cluster {Cluster}: leader {Previous} -> {Leader}")]
    private static partial void LeaderChanged(ILogger logger, string cluster, string previous, string leader);
}

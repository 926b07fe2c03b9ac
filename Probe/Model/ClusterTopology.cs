namespace HaPgAspire.Probe.Model;

/// <summary>The cluster as etcd, Patroni and HAProxy describe themselves.</summary>
/// <param name="Scope">Patroni's name for the cluster; null until a member has answered.</param>
/// <param name="Leader">The member that holds the leader lock; null while nobody does or nobody answers.</param>
/// <param name="Timeline">The leader's timeline; null while unknown.</param>
/// <param name="Paused">True in Patroni's maintenance mode.</param>
/// <param name="Synchronous">True when Patroni's synchronous mode is on.</param>
/// <param name="Etcd">The etcd members, in the order they are configured.</param>
/// <param name="Nodes">The data nodes, in the order they are configured.</param>
/// <param name="Proxy">HAProxy; null when the probe was given no address for it.</param>
public sealed record ClusterTopology(
    string? Scope,
    string? Leader,
    int? Timeline,
    bool Paused,
    bool Synchronous,
    IReadOnlyList<EtcdMember> Etcd,
    IReadOnlyList<DataNode> Nodes,
    ProxyStatus? Proxy)
{
    /// <summary>Nothing known yet.</summary>
    public static ClusterTopology Empty { get; } = new(null, null, null, false, false, [], [], null);
}

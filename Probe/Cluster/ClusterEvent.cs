namespace HaPgAspire.Probe.Cluster;

/// <summary>A change that a component showed.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When it was seen.</param>
/// <param name="Resolution">How much earlier it may have happened: since the component was asked before.</param>
/// <param name="Node">The member concerned; null when none is.</param>
/// <param name="Timeline">The timeline with it; null when unknown.</param>
internal sealed record ClusterEvent(ClusterEventKind Kind, DateTimeOffset At, TimeSpan Resolution, string? Node, int? Timeline = null);

/// <summary>What changed.</summary>
internal enum ClusterEventKind
{
    /// <summary>A member took the leader lock.</summary>
    Leader,

    /// <summary>A member had the leader lock when the DCS was first seen: nobody knows since when.</summary>
    LeaderSeen,

    /// <summary>Nobody has the leader lock any more.</summary>
    LockReleased,

    /// <summary>A member's server takes writes now.</summary>
    Primary,

    /// <summary>A member's server took writes and does no longer.</summary>
    NotPrimary,

    /// <summary>Patroni says that a member's server crashed.</summary>
    Crashed,

    /// <summary>A member that was primary does not answer any more.</summary>
    Unreachable,

    /// <summary>HAProxy has a server for writes again, or another one.</summary>
    ProxyOpened,

    /// <summary>HAProxy took a server for writes down.</summary>
    ProxyServerDown,

    /// <summary>HAProxy has no server for writes.</summary>
    ProxyClosed,

    /// <summary>HAProxy's statistics do not answer.</summary>
    ProxyGone,

    /// <summary>No etcd member is healthy.</summary>
    DcsGone,
}

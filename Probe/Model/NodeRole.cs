using System.Text.Json.Serialization;

namespace HaPgAspire.Probe.Model;

/// <summary>What a data node is in the cluster.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NodeRole>))]
public enum NodeRole
{
    /// <summary>Nothing is known of it, or it is not running.</summary>
    Unknown,

    /// <summary>It holds the leader lock.</summary>
    Leader,

    /// <summary>A replica the leader waits for before it acknowledges a commit.</summary>
    SynchronousStandby,

    /// <summary>One of the replicas of a quorum commit.</summary>
    QuorumStandby,

    /// <summary>An asynchronous replica.</summary>
    Replica,

    /// <summary>The leader of a standby cluster.</summary>
    StandbyLeader,
}

namespace HaPgAspire.Hosting;

/// <summary>The settings of etcd, in the section <c>Cluster:Etcd</c>.</summary>
public sealed record EtcdOptions
{
    /// <summary>
    /// Number of etcd members. Default 1. 1 or 3 (three survive the loss of one).
    /// </summary>
    public int Members { get; init; } = 1;

    /// <summary>Milliseconds between two heartbeats of etcd's leader. Default 100, etcd's own. 10 to 10000, at most a fifth of <see cref="ElectionTimeoutMs"/>.</summary>
    public int HeartbeatIntervalMs { get; init; } = 100;

    /// <summary>Milliseconds without a heartbeat after which etcd elects a new leader. Default 1000, etcd's own. 50 to 50000 (etcd's upper limit).</summary>
    public int ElectionTimeoutMs { get; init; } = 1000;
}

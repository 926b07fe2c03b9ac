namespace HaPgAspire.Hosting;

/// <summary>The settings of HAProxy, the cluster's front door, in the section <c>Cluster:HAProxy</c>. Times are milliseconds where the name ends in Ms.</summary>
public sealed record HAProxyOptions
{
    /// <summary>The user name for the statistics and metrics; the password is a parameter of the cluster.</summary>
    public const string StatisticsUser = "statistics";

    /// <summary>Added to <see cref="Fall"/> where checks are encrypted.</summary>
    internal const int MoreFallWithTls = 1;

    /// <summary>The port, in the container and on the host, that leads to the leader. Default 5000. 0 takes any free port of the host; else 1024 to 65535.</summary>
    public int ReadWritePort { get; init; } = 5000;

    /// <summary>The port that leads to the replicas, and to nobody when none is left. Default 5001. 0 or 1024 to 65535.</summary>
    public int ReadOnlyPort { get; init; } = 5001;

    /// <summary>
    /// The HTTP port with statistics (<c>/</c>, <c>/;csv</c>) and Prometheus metrics (<c>/metrics</c>), both for <see cref="StatisticsUser"/> with the password alone,
    /// and health (<c>/health</c>: 200 while a leader is reachable; <c>/alive</c>), for everybody. Default 7000. 0 or 1024 to 65535.
    /// </summary>
    public int StatisticsPort { get; init; } = 7000;

    /// <summary>Client connections that HAProxy holds at once, all ports together. Default 2000. 10 to 100000.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Time between two health checks of a member that is up, and the longest that a check waits for a connection. Fast 250; Seed 3000. 50 to 60000.</summary>
    public int CheckIntervalMs { get; init; } = 250;

    /// <summary>Time between two checks of a member whose state is about to change. Fast 100; Seed 3000. 50 to 60000.</summary>
    public int FastCheckIntervalMs { get; init; } = 100;

    /// <summary>Time between two checks of a member that is down for this port, which every replica is on the read-write port. Fast 150; Seed 3000. 50 to 60000.</summary>
    public int DownCheckIntervalMs { get; init; } = 150;

    /// <summary>Time after which an unanswered check has failed. Fast 1000; Seed 5000. 50 to 60000.</summary>
    public int CheckTimeoutMs { get; init; } = 1000;

    /// <summary>
    /// Failed checks in a row after which a member is down and its connections are closed. Fast 2; Seed 3. 1 to 100. With TLS one more: a check's handshake, which
    /// Patroni does in Python, has to be done within <see cref="CheckIntervalMs"/>, and on a busy machine one is late now and then.
    /// </summary>
    public int Fall { get; init; } = 2;

    /// <summary>Good checks in a row after which a member is up. Fast 1; Seed 2. 1 to 100.</summary>
    public int Rise { get; init; } = 1;

    /// <summary>Time to connect to a member. Fast 400; Seed 4000. 50 to 60000.</summary>
    public int ConnectTimeoutMs { get; init; } = 400;

    /// <summary>Further attempts to connect; each can cost <see cref="ConnectTimeoutMs"/>. Fast 0; Seed 2. 0 to 100.</summary>
    public int Retries { get; init; }

    /// <summary>Time that a client waits in line for a free connection of a member. Default 10000. 50 to 600000.</summary>
    public int QueueTimeoutMs { get; init; } = 10_000;

    /// <summary>Minutes after which an idle connection is closed. Default 30. 1 to 10080 (a week).</summary>
    public int IdleTimeoutMinutes { get; init; } = 30;

    internal static HAProxyOptions Seed { get; } = new()
    {
        CheckIntervalMs = 3000,
        FastCheckIntervalMs = 3000,
        DownCheckIntervalMs = 3000,
        CheckTimeoutMs = 5000,
        Fall = 3,
        Rise = 2,
        ConnectTimeoutMs = 4000,
        Retries = 2,
    };

    internal HAProxyOptions WithTimings(HAProxyOptions source) => this with
    {
        CheckIntervalMs = source.CheckIntervalMs,
        FastCheckIntervalMs = source.FastCheckIntervalMs,
        DownCheckIntervalMs = source.DownCheckIntervalMs,
        CheckTimeoutMs = source.CheckTimeoutMs,
        Fall = source.Fall,
        Rise = source.Rise,
        ConnectTimeoutMs = source.ConnectTimeoutMs,
        Retries = source.Retries,
    };
}

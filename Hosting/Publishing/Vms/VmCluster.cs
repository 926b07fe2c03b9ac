namespace HaPgAspire.Hosting.Publishing;

/// <summary>What the app model says about the cluster that is published to machines.</summary>
public sealed record VmCluster
{
    /// <summary>The cluster's name in etcd and in PostgreSQL's <c>cluster_name</c>.</summary>
    public required string Scope { get; init; }

    /// <summary>The cluster's options, valid.</summary>
    public required ClusterOptions Options { get; init; }

    /// <summary>Databases that are made with the cluster and belong to the application role.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>HAProxy's port that leads to the leader: the option's, or the guide's 5000 where any free port would do.</summary>
    public int ReadWritePort => Fixed(Options.HAProxy.ReadWritePort, 5000);

    /// <summary>HAProxy's port that leads to the replicas: the option's, or 5001 where any free port would do.</summary>
    public int ReadOnlyPort => Fixed(Options.HAProxy.ReadOnlyPort, 5001);

    /// <summary>HAProxy's port with statistics and health: the option's, or the guide's 7000 where any free port would do.</summary>
    public int StatisticsPort => Fixed(Options.HAProxy.StatisticsPort, 7000);

    /// <summary>HAProxy's port that tells its health without TLS: 7001, or the next that is free of the others. Without TLS that is <see cref="StatisticsPort"/>.</summary>
    public int HealthPort => Options.Tls
        ? Enumerable.Range(7001, 4).First(port => port != ReadWritePort && port != ReadOnlyPort && port != StatisticsPort)
        : StatisticsPort;

    /// <summary>The address that <see cref="HealthPort"/> listens on with TLS. Default 127.0.0.1; <c>*</c> for a load balancer that asks.</summary>
    public string HealthAddress { get; init; } = "127.0.0.1";

    /// <summary>More names and addresses that clients reach HAProxy by, such as a load balancer's. Default none.</summary>
    public IReadOnlyList<string> FrontDoors { get; init; } = [];

    private static int Fixed(int port, int otherwise) => port == 0 ? otherwise : port;
}

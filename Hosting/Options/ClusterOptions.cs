namespace HaPgAspire.Hosting;

/// <summary>
/// Everything that can be chosen about a cluster. Each setting's meaning and default lives here and nowhere else: the local run and every
/// publisher read this record. Values come from the defaults of <see cref="Profile"/>, then from the builder methods of the app host, then from the
/// configuration section <c>Cluster</c> (<c>appsettings.json</c>, <c>Cluster__Ttl=30</c>, <c>--Cluster:Ttl=30</c>), the last one winning.
/// <see cref="ClusterOptionsValidation"/> holds the bounds.
/// </summary>
public sealed record ClusterOptions
{
    /// <summary>The name of the configuration section that the options are read from.</summary>
    public const string SectionName = "Cluster";

    /// <summary>The set of timings to start from. Default <see cref="ClusterProfile.Fast"/>. Change it with <see cref="WithProfile"/>.</summary>
    public ClusterProfile Profile { get; init; } = ClusterProfile.Fast;

    /// <summary>
    /// The cluster's name in etcd and in PostgreSQL's <c>cluster_name</c>. Default: the name of the cluster resource. Lower-case letters, digits,
    /// <c>-</c> and <c>_</c>, starting with a letter, at most 63 characters.
    /// </summary>
    public string? Scope { get; init; }

    /// <summary>The folder in etcd that holds the cluster's keys. Default <c>/service</c>, Patroni's own default.</summary>
    public string Namespace { get; init; } = "/service";

    /// <summary>
    /// Lifetime of the leader's lease in seconds: the longest time that a dead leader keeps its title. Fast 20, the smallest that Patroni grants;
    /// Seed 30. 20 to 3600, and at least <see cref="LoopWait"/> + 2 · <see cref="RetryTimeout"/>.
    /// </summary>
    public int Ttl { get; init; } = 20;

    /// <summary>Seconds between two rounds of Patroni's loop. Fast 1, Patroni's minimum; Seed 10. 1 to 300.</summary>
    public int LoopWait { get; init; } = 1;

    /// <summary>
    /// Seconds for which Patroni retries etcd and PostgreSQL before it gives up; shorter disturbances do not demote the leader. Fast 3, Patroni's
    /// minimum; Seed 10. 3 to 300.
    /// </summary>
    public int RetryTimeout { get; init; } = 3;

    /// <summary>
    /// Seconds that a crashed leader may take to start again in place before another member is promoted. Fast 0 (hand over at once); Seed 300,
    /// Patroni's default. 0 to 3600.
    /// </summary>
    public int PrimaryStartTimeout { get; init; }

    /// <summary>
    /// Bytes of WAL that a replica may lack and still be promoted; matters with <see cref="SynchronousMode.Off"/> only, since the other modes
    /// promote nobody who lacks an acknowledged commit. Default 1048576 (1 MiB), Patroni's default and the guide's. 0 to 1099511627776 (1 TiB).
    /// </summary>
    public long MaximumLagOnFailover { get; init; } = 1024 * 1024;

    /// <summary>When a commit is acknowledged. Default <see cref="SynchronousMode.Quorum"/> in both profiles.</summary>
    public SynchronousMode Synchronous { get; init; } = SynchronousMode.Quorum;

    /// <summary>
    /// Whether the leader stays writable while etcd is away, as long as it reaches all members itself (Patroni's <c>failsafe_mode</c>). Default true.
    /// </summary>
    public bool Failsafe { get; init; } = true;

    /// <summary>
    /// Whether data and passwords outlive the app host. Default false: every run starts with an empty cluster and removes its volumes at the end.
    /// </summary>
    public bool Persistent { get; init; }

    /// <summary>
    /// Whether every connection inside the cluster and to it is encrypted and its other end verified: PostgreSQL (TLS 1.3), Patroni's REST API, etcd (with client
    /// certificates and a role for this cluster's keys), HAProxy's checks and statistics. Default false in a local run, true in what is published. A cluster whose data is kept
    /// is switched at its first start; etcd with three members only with an empty data directory.
    /// </summary>
    public bool Tls { get; init; }

    /// <summary>
    /// Seconds from the first container's start until all members must be healthy; after that the run ends with the name of a member that is not,
    /// and its last log lines. Image builds do not count. Default 180. 10 to 3600.
    /// </summary>
    public int StartupTimeout { get; init; } = 180;

    /// <summary>
    /// The image that the cluster's images are built on. Default <c>debian:trixie-slim</c>; pulled, or made with <c>mmdebstrap</c> where no registry
    /// answers.
    /// </summary>
    public string BaseImage { get; init; } = "debian:trixie-slim";

    /// <summary>The certificates, with <see cref="Tls"/>.</summary>
    public CertificateOptions Certificates { get; init; } = new();

    /// <summary>The settings of PostgreSQL.</summary>
    public PostgresOptions Postgres { get; init; } = new();

    /// <summary>The settings of etcd.</summary>
    public EtcdOptions Etcd { get; init; } = new();

    /// <summary>What makes a change of the leader quicker than Patroni alone is.</summary>
    public FailoverOptions Failover { get; init; } = new();

    /// <summary>The settings of HAProxy.</summary>
    public HAProxyOptions HAProxy { get; init; } = new();

    /// <summary>The same options with every timing set to the defaults of a profile; all else is kept.</summary>
    /// <param name="profile">The profile.</param>
    /// <returns>The changed copy.</returns>
    public ClusterOptions WithProfile(ClusterProfile profile)
    {
        ClusterOptions source = profile == ClusterProfile.Seed ? Seed : new();
        return this with
        {
            Profile = profile,
            Ttl = source.Ttl,
            LoopWait = source.LoopWait,
            RetryTimeout = source.RetryTimeout,
            PrimaryStartTimeout = source.PrimaryStartTimeout,
            Failover = source.Failover,
            Postgres = Postgres.WithTimings(source.Postgres),
            HAProxy = HAProxy.WithTimings(source.HAProxy),
        };
    }

    private static ClusterOptions Seed { get; } = new()
    {
        Profile = ClusterProfile.Seed,
        Ttl = 30,
        LoopWait = 10,
        RetryTimeout = 10,
        PrimaryStartTimeout = 300,
        Failover = FailoverOptions.Seed,
        Postgres = PostgresOptions.Seed,
        HAProxy = HAProxyOptions.Seed,
    };
}

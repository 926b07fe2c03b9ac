namespace HaPgAspire.Hosting;

/// <summary>
/// The settings that Patroni keeps in etcd for the whole cluster. The file's copy counts only when the cluster is first made; a cluster whose data was
/// kept gets changes through <c>PATCH /config</c>.
/// </summary>
internal sealed record PatroniDynamicConfiguration
{
    public required int Ttl { get; init; }

    public required int LoopWait { get; init; }

    public required int RetryTimeout { get; init; }

    public required long MaximumLagOnFailover { get; init; }

    public required int PrimaryStartTimeout { get; init; }

    /// <summary><see langword="true"/>, <see langword="false"/> or <c>quorum</c>.</summary>
    public required object SynchronousMode { get; init; }

    public required bool SynchronousModeStrict { get; init; }

    public required bool FailsafeMode { get; init; }

    public required PostgresqlSection Postgresql { get; init; }

    public static PatroniDynamicConfiguration Create(ClusterOptions options) => new()
    {
        Ttl = options.Ttl,
        LoopWait = options.LoopWait,
        RetryTimeout = options.RetryTimeout,
        MaximumLagOnFailover = options.MaximumLagOnFailover,
        PrimaryStartTimeout = options.PrimaryStartTimeout,
        SynchronousMode = options.Synchronous switch
        {
            Hosting.SynchronousMode.Off => false,
            Hosting.SynchronousMode.On => true,
            _ => "quorum",
        },
        SynchronousModeStrict = options.Synchronous == Hosting.SynchronousMode.Strict,
        FailsafeMode = options.Failsafe,
        Postgresql = new PostgresqlSection { UsePgRewind = true, UseSlots = true, Parameters = PostgresParameters.For(options.Postgres) },
    };

    internal sealed record PostgresqlSection
    {
        public required bool UsePgRewind { get; init; }

        public required bool UseSlots { get; init; }

        public required IReadOnlyDictionary<string, object> Parameters { get; init; }
    }
}

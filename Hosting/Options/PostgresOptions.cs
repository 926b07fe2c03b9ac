namespace HaPgAspire.Hosting;

/// <summary>The settings of PostgreSQL, in the section <c>Cluster:Postgres</c>.</summary>
public sealed record PostgresOptions
{
    /// <summary>
    /// The superuser. It logs in through the local socket only (<c>peer</c>), as the operating system's user of the same name, has no password and
    /// is refused over TCP.
    /// </summary>
    public const string Superuser = "postgres";

    /// <summary>The role that standbys stream as (REPLICATION, nothing else).</summary>
    public const string ReplicationRole = "replicator";

    /// <summary>The role that <c>pg_rewind</c> connects as; it may execute the four functions that pg_rewind needs and nothing else.</summary>
    public const string RewindRole = "rewinder";

    /// <summary>The role for reading statistics (<c>pg_monitor</c>).</summary>
    public const string MonitoringRole = "monitoring";

    /// <summary>The user name for Patroni's unsafe REST verbs (switchover, reinitialize, changes of the configuration).</summary>
    public const string RestUser = "patroni";

    /// <summary>
    /// The role that applications use (LOGIN, CREATEDB, owner of the databases that the app host declares; not a superuser). Default <c>app</c>.
    /// Lower-case letters, digits and <c>_</c>, starting with a letter, at most 63 characters, and none of the cluster's own roles.
    /// </summary>
    public string ApplicationRole { get; init; } = "app";

    /// <summary>
    /// PostgreSQL's <c>max_connections</c> on each member. Default 200. 25 to 10000. HAProxy hands each member
    /// <see cref="ReservedConnections"/> fewer, and lets the rest wait in line.
    /// </summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Connections of a member that HAProxy leaves to Patroni, monitoring, pg_rewind and the superuser's reserve.</summary>
    public const int ReservedConnections = 15;

    /// <summary>
    /// Whether a new standby's base backup asks for a checkpoint at once instead of waiting for the next one, which can take minutes. Fast true; Seed
    /// false, as <c>pg_basebackup</c>'s default is.
    /// </summary>
    public bool ImmediateCheckpointForBackup { get; init; } = true;

    /// <summary>
    /// Seconds of silence after which either end of a replication connection is given up (<c>wal_sender_timeout</c>, <c>wal_receiver_timeout</c>).
    /// Fast 5; Seed 60, PostgreSQL's default. 1 to 3600.
    /// </summary>
    public int ReplicationTimeout { get; init; } = 5;

    /// <summary>
    /// Seconds between a standby's reports when nothing changes (<c>wal_receiver_status_interval</c>). Fast 1; Seed 10, PostgreSQL's default. 1 to 3600.
    /// </summary>
    public int ReplicationStatusInterval { get; init; } = 1;

    /// <summary>
    /// Milliseconds between a standby's attempts to find WAL when there is none, which it mostly looks for at its leader
    /// (<c>wal_retrieve_retry_interval</c>). Fast 200; Seed 5000, PostgreSQL's default. 50 to 60000. A standby that is promoted in the middle of such
    /// an attempt waits this long before it looks for the last time and ends its recovery: 5.0 s from "received promote request" to the new timeline,
    /// where that was seen, on a busy machine.
    /// </summary>
    public int ReplicationRetryIntervalMs { get; init; } = 200;

    /// <summary>
    /// Megabytes of each file of WAL (<c>initdb --wal-segsize</c>). Fast 4; Seed 16, PostgreSQL's default. A power of two, 1 to 1024. It is decided when the
    /// cluster is first initialized. A standby that is promoted copies its last file into the new timeline and waits for the disk: 0.108 s with 16 MB, 0.037 s
    /// with 4 MB and 0.012 s with 1 MB, medians of five on an idle machine, and more in the middle of a failover; smaller files are changed, and archived, more often.
    /// </summary>
    public int WalSegmentSizeMb { get; init; } = 4;

    /// <summary>
    /// Megabytes of WAL that the leader keeps at most for an absent standby (<c>max_slot_wal_keep_size</c>), so that a dead one does not fill
    /// the disk; a standby that stays away longer is built anew. Default 2048. 64 to 1048576.
    /// </summary>
    public int MaxSlotWalKeepSizeMb { get; init; } = 2048;

    /// <summary>
    /// More PostgreSQL parameters by name, for example <c>Cluster:Postgres:Parameters:shared_buffers=512MB</c>. Those that the other options set, and
    /// those that Patroni keeps to itself, are refused.
    /// </summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    internal static PostgresOptions Seed { get; } = new()
    {
        ImmediateCheckpointForBackup = false,
        ReplicationTimeout = 60,
        ReplicationStatusInterval = 10,
        ReplicationRetryIntervalMs = 5000,
        WalSegmentSizeMb = 16,
    };

    internal PostgresOptions WithTimings(PostgresOptions source) => this with
    {
        ImmediateCheckpointForBackup = source.ImmediateCheckpointForBackup,
        ReplicationTimeout = source.ReplicationTimeout,
        ReplicationStatusInterval = source.ReplicationStatusInterval,
        ReplicationRetryIntervalMs = source.ReplicationRetryIntervalMs,
        WalSegmentSizeMb = source.WalSegmentSizeMb,
    };
}

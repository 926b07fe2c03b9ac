namespace HaPgAspire.Hosting;

/// <summary>
/// What makes a change of the leader quicker than Patroni alone is, in the section <c>Cluster:Failover</c>. The README of <c>Hosting/Failover</c> says of
/// each why it costs no acknowledged write. The profile Seed has none of it.
/// </summary>
public sealed record FailoverOptions
{
    /// <summary>Patroni's own value of <see cref="ServerPollMs"/> (<c>STOP_POLLING_INTERVAL</c>).</summary>
    public const int PatroniServerPollMs = 1000;

    /// <summary>Patroni's own value of <see cref="MemberTimeoutMs"/> (<c>Ha.fetch_node_status</c>).</summary>
    public const int PatroniMemberTimeoutMs = 2000;

    /// <summary>
    /// Milliseconds between two of Patroni's looks at PostgreSQL: whether it has stopped, when the leadership is handed over, and whether it has died. Fast 50;
    /// Seed 1000, which leaves Patroni as it is. 10 to 1000.
    /// </summary>
    public int ServerPollMs { get; init; } = 50;

    /// <summary>
    /// Milliseconds for which an election waits for a member that answered when it was last asked; one that did not gets Patroni's own time. Fast 300; Seed 2000,
    /// which leaves Patroni as it is. 100 to 2000.
    /// </summary>
    public int MemberTimeoutMs { get; init; } = 300;

    /// <summary>
    /// Whether the app host ends the lease of a leader whose container has exited, instead of letting it run out after <see cref="ClusterOptions.Ttl"/>.
    /// Fast true; Seed false.
    /// </summary>
    public bool ReleaseDeadLeader { get; init; } = true;

    /// <summary>
    /// Crashes in a row after which the app host starts a node again: the first time at once, then after 1, 2, 4 … seconds. A node that ran for ten seconds
    /// begins to count anew; one that was stopped stays stopped. Fast 5; Seed 0 (never). 0 to 100.
    /// </summary>
    public int Restarts { get; init; } = 5;

    /// <summary>
    /// Milliseconds without an answer after which the app host fences a leader while other members do answer: it cuts the leader's container off
    /// the network and kills it. Fast 2500; Seed 0 (never). 0, or 1000 to 60000.
    /// </summary>
    public int FenceAfterMs { get; init; } = 2500;

    /// <summary>
    /// Whether a replica that can never catch up by itself copies the leader's data anew, as <c>reinitialize</c> does by hand: its data directory is no longer one (the
    /// control file or <c>PG_VERSION</c> missing or corrupt), or the leader has removed WAL that it never got (<see cref="PostgresOptions.MaxSlotWalKeepSizeMb"/>) and
    /// there is no archive. Fast true; Seed false, as Patroni alone, which waits for somebody.
    /// </summary>
    public bool RebuildReplicas { get; init; } = true;

    internal static FailoverOptions Seed { get; } = new()
    {
        ServerPollMs = PatroniServerPollMs,
        MemberTimeoutMs = PatroniMemberTimeoutMs,
        ReleaseDeadLeader = false,
        Restarts = 0,
        FenceAfterMs = 0,
        RebuildReplicas = false,
    };
}

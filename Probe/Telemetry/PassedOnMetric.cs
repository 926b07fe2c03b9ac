namespace HaPgAspire.Probe.Telemetry;

/// <summary>A component's own metric that the probe passes on under a stable name.</summary>
/// <param name="Source">Its Prometheus name.</param>
/// <param name="Name">The stable name.</param>
/// <param name="Unit">
/// The unit, as UCUM. A yes or no counts what says yes (`{member}`): the unit `1` stands for a ratio, and Prometheus adds that word to the name.
/// </param>
/// <param name="Description">What it means.</param>
/// <param name="Grows">It only ever grows: a counter. Otherwise a gauge.</param>
internal sealed record PassedOnMetric(string Source, string Name, string Unit, string Description, bool Grows = false)
{
    /// <summary>The attributes that labels become; labels not listed are dropped.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels that a sample must have, with their value.</summary>
    public IReadOnlyDictionary<string, string> Only { get; init; } = new Dictionary<string, string>();

    private static readonly Dictionary<string, string> ProxyLabels = new() { ["proxy"] = "hapg.haproxy.proxy" };

    private static readonly Dictionary<string, string> ServerLabels = new()
    {
        ["proxy"] = "hapg.haproxy.proxy",
        ["server"] = "hapg.haproxy.server",
    };

    /// <summary>From Patroni, per member.</summary>
    public static IReadOnlyList<PassedOnMetric> Patroni { get; } =
    [
        new("patroni_postgres_running", "hapg.patroni.postgres.running", "{member}", "1 when the member's server runs."),
        new("patroni_postgres_streaming", "hapg.patroni.postgres.streaming", "{member}", "1 when the member streams from another."),
        new("patroni_cluster_unlocked", "hapg.patroni.cluster.unlocked", "{member}", "1 when the member sees nobody holding the leader lock."),
        new("patroni_failsafe_mode_is_active", "hapg.patroni.failsafe.active", "{member}", "1 while the failsafe mode carries the leader without a DCS."),
        new("patroni_is_paused", "hapg.patroni.paused", "{member}", "1 in maintenance mode."),
        new("patroni_pending_restart", "hapg.patroni.pending_restart", "{member}", "1 when a setting waits for a restart."),
        new("patroni_xlog_paused", "hapg.patroni.replay.paused", "{member}", "1 when replay is paused."),
        new("patroni_dcs_last_seen", "hapg.patroni.dcs.last_seen", "s", "When the member last reached the DCS, seconds since 1970."),
    ];

    /// <summary>From etcd, per member.</summary>
    public static IReadOnlyList<PassedOnMetric> Etcd { get; } =
    [
        new("etcd_server_has_leader", "hapg.etcd.has_leader", "{member}", "1 when the member sees a leader."),
        new("etcd_server_is_leader", "hapg.etcd.is_leader", "{member}", "1 when the member is the leader."),
        new("etcd_server_leader_changes_seen_total", "hapg.etcd.leader.changes", "{change}", "Changes of the leader that the member saw.", true),
        new("etcd_server_proposals_failed_total", "hapg.etcd.proposals.failed", "{proposal}", "Proposals that failed.", true),
        new("etcd_server_proposals_pending", "hapg.etcd.proposals.pending", "{proposal}", "Proposals waiting to be committed."),
        new("etcd_network_active_peers", "hapg.etcd.peers", "{peer}", "Connected peers.") { Labels = new Dictionary<string, string> { ["Remote"] = "hapg.etcd.peer" } },
        new("etcd_mvcc_db_total_size_in_bytes", "hapg.etcd.db.size", "By", "Size of the member's database file."),
        new("etcd_mvcc_db_total_size_in_use_in_bytes", "hapg.etcd.db.size_in_use", "By", "Bytes in use in it."),
        new("etcd_server_quota_backend_bytes", "hapg.etcd.db.quota", "By", "Size at which it takes no more writes."),
        new("etcd_disk_wal_fsync_duration_seconds_sum", "hapg.etcd.wal.fsync.time", "s", "Time spent flushing the WAL to disk.", true),
        new("etcd_disk_wal_fsync_duration_seconds_count", "hapg.etcd.wal.fsync.count", "{flush}", "Flushes of the WAL.", true),
        new("etcd_disk_backend_commit_duration_seconds_sum", "hapg.etcd.backend.commit.time", "s", "Time spent committing to the database file.", true),
        new("etcd_disk_backend_commit_duration_seconds_count", "hapg.etcd.backend.commit.count", "{commit}", "Commits to it.", true),
    ];

    /// <summary>From HAProxy.</summary>
    public static IReadOnlyList<PassedOnMetric> Proxy { get; } =
    [
        new("haproxy_process_current_connections", "hapg.haproxy.connections", "{connection}", "Current client connections."),
        new("haproxy_backend_current_sessions", "hapg.haproxy.sessions", "{session}", "Current sessions of a route.") { Labels = ProxyLabels },
        new("haproxy_backend_current_queue", "hapg.haproxy.queue", "{session}", "Sessions of a route that wait for a server.") { Labels = ProxyLabels },
        new("haproxy_backend_active_servers", "hapg.haproxy.servers.active", "{server}", "Servers of a route that are up.") { Labels = ProxyLabels },
        new("haproxy_backend_connection_errors_total", "hapg.haproxy.connection.errors", "{error}", "Connections to servers that failed.", true) { Labels = ProxyLabels },
        new("haproxy_server_current_sessions", "hapg.haproxy.server.sessions", "{session}", "Current sessions of a server.") { Labels = ServerLabels },
        new("haproxy_server_status", "hapg.haproxy.server.up", "{server}", "1 when a server is up.")
        {
            Labels = ServerLabels,
            Only = new Dictionary<string, string> { ["state"] = "UP" },
        },
        new("haproxy_server_check_failures_total", "hapg.haproxy.server.check.failures", "{check}", "Health checks of a server that failed.", true) { Labels = ServerLabels },
    ];
}

namespace HaPgAspire.Probe.Model;

/// <summary>Everything the probe knows at one moment. Immutable: a newer state is a new record.</summary>
/// <param name="At">When the state was taken, UTC.</param>
/// <param name="StartedAt">When this probe process started, UTC.</param>
/// <param name="LedgerCreatedAt">When the ledger began; the counters in <see cref="RouteStatus.Counters"/> run from here, across restarts of the probe.</param>
/// <param name="Topology">The cluster as its components describe themselves.</param>
/// <param name="Routes">The routes under load, the front door first.</param>
/// <param name="Outages">The last outages of all routes, newest first; an open one has no <see cref="Outage.End"/>.</param>
/// <param name="Verification">The last comparison of acknowledged writes with the database; null before the first.</param>
public sealed record ProbeStatus(
    DateTimeOffset At,
    DateTimeOffset StartedAt,
    DateTimeOffset LedgerCreatedAt,
    ClusterTopology Topology,
    IReadOnlyList<RouteStatus> Routes,
    IReadOnlyList<Outage> Outages,
    Verification? Verification);

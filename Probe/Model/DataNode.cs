namespace HaPgAspire.Probe.Model;

/// <summary>One Patroni member with its PostgreSQL server.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Role">Its role as the cluster sees it.</param>
/// <param name="State">Patroni's word for the server's state, such as `running`, `streaming`, `starting`, `stopped`, `crashed`; null while unknown.</param>
/// <param name="Reachable">Its REST API answered the last request.</param>
/// <param name="Timeline">Its timeline; null while unknown.</param>
/// <param name="LagBytes">How far its replay is behind the leader, bytes; 0 for the leader, null while unknown.</param>
/// <param name="LagSeconds">How old the last transaction is that it replayed, seconds, 0 when nothing is missing; null while unknown.</param>
/// <param name="ServerVersion">PostgreSQL's version number as the server gives it (170011 is 17.11); null while unknown.</param>
/// <param name="PendingRestart">Patroni says that a setting waits for a restart.</param>
/// <param name="LastSeen">Its last answer, UTC; null before the first.</param>
public sealed record DataNode(
    string Name,
    NodeRole Role,
    string? State,
    bool Reachable,
    int? Timeline,
    long? LagBytes,
    double? LagSeconds,
    int? ServerVersion,
    bool PendingRestart,
    DateTimeOffset? LastSeen);

namespace HaPgAspire.Probe.Telemetry;

/// <summary>The probe's log lines: one per change of state.</summary>
internal static partial class ProbeLog
{
    [LoggerMessage(1, LogLevel.Information, "Measuring cluster {Cluster} with ledger {Ledger}, begun {CreatedAt:u}")]
    public static partial void Started(ILogger logger, string cluster, Guid ledger, DateTimeOffset createdAt);

    [LoggerMessage(2, LogLevel.Warning, "Outage {Outage}: no {Operation} acknowledged through {Route} since {Start:O}; first error {Error}")]
    public static partial void OutageOpened(ILogger logger, long outage, string route, string operation, DateTimeOffset start, string? error);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "Outage {Outage}: {Operation} through {Route} acknowledged again after {Seconds:F3} s; cause {Cause}, leader {LeaderBefore} before, {LeaderAfter} after")]
    public static partial void OutageClosed(
        ILogger logger, long outage, string route, string operation, double seconds, string cause, string? leaderBefore, string? leaderAfter);

    [LoggerMessage(4, LogLevel.Information, "Compared {Acknowledged} acknowledged writes with the leader in {Seconds:F1} s: {Lost} lost, {Duplicated} duplicated, {Unexpected} unexpected")]
    public static partial void Verified(ILogger logger, long acknowledged, double seconds, long lost, long duplicated, long unexpected);

    [LoggerMessage(5, LogLevel.Warning, "Acknowledged writes could not be compared with the database: {Problem}")]
    public static partial void NotVerified(ILogger logger, string? problem);

    [LoggerMessage(6, LogLevel.Error, "{Lost} acknowledged writes through {Route} are lost, the last ones {Ids}")]
    public static partial void WritesLost(ILogger logger, long lost, string route, string ids);

    [LoggerMessage(7, LogLevel.Warning, "Leader is {Leader} on timeline {Timeline}, was {Before}")]
    public static partial void LeaderChanged(ILogger logger, string? leader, int? timeline, string? before);

    [LoggerMessage(8, LogLevel.Information, "{Member} is {Role}, {State}, was {RoleBefore}, {StateBefore}")]
    public static partial void MemberChanged(ILogger logger, string member, string role, string? state, string roleBefore, string? stateBefore);

    [LoggerMessage(9, LogLevel.Warning, "{Component} does not answer")]
    public static partial void Unreachable(ILogger logger, string component);

    [LoggerMessage(10, LogLevel.Information, "{Component} answers")]
    public static partial void Reachable(ILogger logger, string component);

    [LoggerMessage(11, LogLevel.Information, "HAProxy's {Route} has {Server} {Status}")]
    public static partial void ProxyServerChanged(ILogger logger, string route, string server, string status);

    [LoggerMessage(12, LogLevel.Information, "Waiting for the cluster to tell which one it is: {Problem}")]
    public static partial void WaitingForCluster(ILogger logger, string problem);

    [LoggerMessage(13, LogLevel.Information, "Switchover asked for: {Message}")]
    public static partial void SwitchoverAsked(ILogger logger, string message);

    [LoggerMessage(14, LogLevel.Warning, "The write table could not be made yet: {Problem}")]
    public static partial void TableNotMade(ILogger logger, string problem);

    [LoggerMessage(15, LogLevel.Warning, "A write was acknowledged by {Server} on timeline {Timeline}, but timeline {Newest} was already known")]
    public static partial void StaleLeader(ILogger logger, string? server, int timeline, int newest);

    [LoggerMessage(16, LogLevel.Critical, "The probe ends: {Reason}")]
    public static partial void Ended(ILogger logger, string reason);
}

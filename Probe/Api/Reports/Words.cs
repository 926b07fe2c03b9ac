using System.Globalization;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api.Reports;

/// <summary>How a report writes figures and names; the same words as the page's.</summary>
internal static class Words
{
    public const string Nothing = "–";

    public static string Of(RouteKind route) => route == RouteKind.FrontDoor ? "HAProxy" : "direct";

    public static string Of(LoadKind kind) => kind == LoadKind.Write ? "Writes" : "Reads";

    public static string Of(OutageCause cause) => cause switch
    {
        OutageCause.Switchover => "Switchover",
        OutageCause.Failover => "Failover",
        OutageCause.LeaderRestart => "Leader restarted",
        OutageCause.Proxy => "HAProxy had no server",
        OutageCause.Dcs => "etcd was away",
        OutageCause.Stall => "Stall without an error",
        OutageCause.NoReplica => "No replica served reads",
        _ => "Unexplained",
    };

    public static string Of(OutagePhaseKind kind) => kind switch
    {
        OutagePhaseKind.LastAcknowledged => "last acknowledgement",
        OutagePhaseKind.LeaderGone => "leader gone",
        OutagePhaseKind.LockReleased => "leader lock free",
        OutagePhaseKind.LeaderElected => "new leader elected",
        OutagePhaseKind.Promoted => "promoted",
        OutagePhaseKind.ProxySwitched => "HAProxy switched",
        OutagePhaseKind.FirstAcknowledged => "first acknowledgement",
        _ => kind.ToString(),
    };

    public static string Of(NodeRole role) => role switch
    {
        NodeRole.Leader => "primary",
        NodeRole.SynchronousStandby => "synchronous replica",
        NodeRole.QuorumStandby => "quorum replica",
        NodeRole.Replica => "asynchronous replica",
        NodeRole.StandbyLeader => "standby leader",
        _ => "unknown",
    };

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    public static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    public static string Length(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => Seconds(span),
        { TotalHours: < 1 } => Two(span.Minutes, "min", span.Seconds, "s"),
        { TotalDays: < 1 } => Two(span.Hours, "h", span.Minutes, "min"),
        _ => Two(span.Days, "d", span.Hours, "h"),
    };

    public static string Milliseconds(double? value) => value switch
    {
        null => Nothing,
        >= 1000 => (value.Value / 1000).ToString("0.00", CultureInfo.InvariantCulture) + " s",
        >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture) + " ms",
        _ => value.Value.ToString("0.00", CultureInfo.InvariantCulture) + " ms",
    };

    /// <summary>A share in percent, rounded down so that no outage is rounded away.</summary>
    public static string Share(double share) => share >= 1
        ? "100 %"
        : (Math.Floor(share * 1e7) / 1e5).ToString(share >= 0.9999 ? "0.00000" : "0.000", CultureInfo.InvariantCulture).TrimEnd('0').TrimEnd('.') + " %";

    public static string Bytes(long? value) => value switch
    {
        null => Nothing,
        < 1024 => $"{value} B",
        < 1024 * 1024 => (value.Value / 1024.0).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        _ => (value.Value / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
    };

    /// <summary>The time of day, to the nearest 10 ms.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.AddMilliseconds(5).ToString("HH:mm:ss.ff", CultureInfo.InvariantCulture);

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}

using System.Text.Json.Serialization;

namespace HaPgAspire.Probe.Model;

/// <summary>A time without acknowledgements on one route.</summary>
/// <param name="Id">Number of the outage in the ledger, from 1.</param>
/// <param name="Route">The route it happened on.</param>
/// <param name="Kind">Writes or reads.</param>
/// <param name="Start">The last acknowledgement before, UTC.</param>
/// <param name="End">The first acknowledgement after, UTC; null while it lasts.</param>
/// <param name="Cause">Why, as far as the components tell.</param>
/// <param name="Phases">What happened in it, in order of time; empty where nothing could be seen.</param>
/// <param name="FailedAttempts">Attempts that failed in it.</param>
/// <param name="UnknownAttempts">Attempts in it whose outcome is unknown.</param>
/// <param name="FirstError">The first failed attempt's error in short, such as a SQLSTATE or a socket error; null for a mere stall.</param>
/// <param name="LeaderBefore">The leader at its start; null when unknown.</param>
/// <param name="LeaderAfter">The leader at its end; null while open or when unknown.</param>
/// <param name="TimelineBefore">The timeline at its start; null when unknown.</param>
/// <param name="TimelineAfter">The timeline at its end; null while open or when unknown.</param>
/// <param name="LostWrites">Acknowledged writes found lost when this outage was checked; null until checked.</param>
/// <param name="BlindFor">How much of it the probe itself was not running, and so could not watch.</param>
/// <param name="TraceId">The OpenTelemetry trace of the outage, 32 hex digits; null while open or when not traced.</param>
public sealed record Outage(
    long Id,
    RouteKind Route,
    LoadKind Kind,
    DateTimeOffset Start,
    DateTimeOffset? End,
    OutageCause Cause,
    IReadOnlyList<OutagePhase> Phases,
    long FailedAttempts,
    long UnknownAttempts,
    string? FirstError,
    string? LeaderBefore,
    string? LeaderAfter,
    int? TimelineBefore,
    int? TimelineAfter,
    long? LostWrites,
    TimeSpan BlindFor,
    string? TraceId)
{
    /// <summary>From the last acknowledgement before to the first one after; null while it lasts.</summary>
    public TimeSpan? Duration => End - Start;

    /// <summary>
    /// The changes of timeline in it, oldest first, as Patroni's history has them: each with its leader, so that one which led for a moment only is there
    /// too. Null when there was none or Patroni has not told.
    /// </summary>
    public IReadOnlyList<TimelineSwitch>? Switches { get; init; }
}

/// <summary>What is measured.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LoadKind>))]
public enum LoadKind
{
    /// <summary>Writes to the leader.</summary>
    Write,

    /// <summary>Reads from the replicas.</summary>
    Read,
}

/// <summary>Why a route gave no acknowledgements.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutageCause>))]
public enum OutageCause
{
    /// <summary>Nothing the probe saw explains it.</summary>
    Unknown,

    /// <summary>A planned change of the leader: the old one gave the lock back in order and stayed a healthy member.</summary>
    Switchover,

    /// <summary>An unplanned change of the leader.</summary>
    Failover,

    /// <summary>The leader went away and came back as leader.</summary>
    LeaderRestart,

    /// <summary>The leader was there all the time, but HAProxy had no server up or did not answer.</summary>
    Proxy,

    /// <summary>etcd was away and the leader gave up its role.</summary>
    Dcs,

    /// <summary>Nothing failed; acknowledgements only took too long.</summary>
    Stall,

    /// <summary>For reads: no replica served them.</summary>
    NoReplica,
}

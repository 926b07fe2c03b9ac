using System.Text.Json.Serialization;

namespace HaPgAspire.Probe.Model;

/// <summary>One way into the cluster, with what the probe measured on it.</summary>
/// <param name="Route">Which way.</param>
/// <param name="WriteRate">Configured writes per second.</param>
/// <param name="ReadRate">Configured reads per second.</param>
/// <param name="WriteState">What the writes say at this moment.</param>
/// <param name="ReadState">What the reads say at this moment.</param>
/// <param name="LastAcknowledged">The last acknowledged write, UTC; null before the first.</param>
/// <param name="Server">Address and port of the server that acknowledged it, as that server names itself; null before the first.</param>
/// <param name="Counters">Counts since the ledger began.</param>
/// <param name="WriteOutages">Sums over all closed write outages since the ledger began.</param>
/// <param name="ReadOutages">Sums over all closed read outages since the ledger began.</param>
public sealed record RouteStatus(
    RouteKind Route,
    double WriteRate,
    double ReadRate,
    Availability WriteState,
    Availability ReadState,
    DateTimeOffset? LastAcknowledged,
    string? Server,
    WriteCounters Counters,
    OutageTotals WriteOutages,
    OutageTotals ReadOutages);

/// <summary>A way into the cluster.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RouteKind>))]
public enum RouteKind
{
    /// <summary>Through HAProxy: writes by the read-write listener, reads by the read-only one.</summary>
    FrontDoor,

    /// <summary>Npgsql straight to the nodes, which finds the leader itself.</summary>
    Direct,
}

/// <summary>What the attempts on a route say at this moment.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Availability>))]
public enum Availability
{
    /// <summary>No attempt has ended yet.</summary>
    Unknown,

    /// <summary>Attempts are acknowledged.</summary>
    Up,

    /// <summary>Attempts fail, but not for long enough to be called an outage.</summary>
    Suspect,

    /// <summary>An outage is open.</summary>
    Down,

    /// <summary>The route has no load: not configured, or its rate is 0.</summary>
    Off,
}

/// <summary>Sums over closed outages.</summary>
/// <param name="Count">How many.</param>
/// <param name="Total">Their durations added up.</param>
/// <param name="Longest">The longest one.</param>
public sealed record OutageTotals(int Count, TimeSpan Total, TimeSpan Longest)
{
    /// <summary>No outage.</summary>
    public static OutageTotals None { get; } = new(0, TimeSpan.Zero, TimeSpan.Zero);
}

using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>
/// The stable names that the probe's telemetry goes under. OpenTelemetry's own attributes are used where one fits (`error.type`,
/// `server.address`); the rest begins with `hapg`.
/// </summary>
public static class TelemetryNames
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Source = "HaPgAspire.Probe";

    /// <summary>`front_door` or `direct`.</summary>
    public const string Route = "hapg.route";

    /// <summary>`write` or `read`.</summary>
    public const string Operation = "hapg.operation";

    /// <summary>`acknowledged`, `failed`, `unknown`, and for settled writes `unknown_found`, `unknown_absent`.</summary>
    public const string Outcome = "hapg.outcome";

    /// <summary>A SQLSTATE, the name of a socket error, or `timeout`.</summary>
    public const string ErrorType = "error.type";

    /// <summary>Patroni's member name.</summary>
    public const string Member = "hapg.member";

    /// <summary>The value of <see cref="Route"/> for a route.</summary>
    public static string Of(RouteKind route) => route == RouteKind.FrontDoor ? "front_door" : "direct";

    /// <summary>The value of <see cref="Operation"/> for a kind of load.</summary>
    public static string Of(LoadKind load) => load == LoadKind.Write ? "write" : "read";

    /// <summary>The value of an enum member in attributes: `LeaderRestart` becomes `leader_restart`.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

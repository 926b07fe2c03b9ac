using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api;

/// <summary>What became of every write and read, per route.</summary>
/// <param name="Since">When counting began, UTC.</param>
/// <param name="Routes">The counts, the front door first.</param>
/// <param name="Verification">The last comparison with the database; null before the first.</param>
public sealed record CounterSheet(DateTimeOffset Since, IReadOnlyList<RouteCounters> Routes, Verification? Verification)
{
    internal static CounterSheet Of(ProbeStatus status) =>
        new(status.LedgerCreatedAt, [.. status.Routes.Select(route => new RouteCounters(route.Route, route.Counters))], status.Verification);
}

/// <summary>One route's counts.</summary>
/// <param name="Route">The route.</param>
/// <param name="Counters">Its counts.</param>
public sealed record RouteCounters(RouteKind Route, WriteCounters Counters);

using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api.Reports;

/// <summary>What was measured in a period.</summary>
/// <param name="Scope">Patroni's name for the cluster; null while unknown.</param>
/// <param name="From">Start of the period, UTC.</param>
/// <param name="To">End of the period, UTC.</param>
/// <param name="Loads">The period's figures for each route and kind of load.</param>
/// <param name="Outages">The outages that overlap the period, oldest first.</param>
/// <param name="Counters">What became of every write and read since the ledger began; it does not count by period.</param>
/// <param name="Topology">The cluster at the period's end if that is now, else at the time of the report.</param>
public sealed record AvailabilityReport(
    string? Scope,
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyList<LoadReport> Loads,
    IReadOnlyList<Outage> Outages,
    CounterSheet Counters,
    ClusterTopology Topology)
{
    internal static AvailabilityReport Of(IProbeState state, Period period)
    {
        var status = state.Current;
        var outages = state.Outages(period.From, period.To);
        var samples = state.Samples(period.From, period.To);
        var loads =
            from kind in Enum.GetValues<LoadKind>()
            from route in status.Routes
            where (kind == LoadKind.Write ? route.WriteState : route.ReadState) != Availability.Off
            select LoadReport.Of(
                route.Route,
                kind,
                period,
                [.. outages.Where(outage => outage.Route == route.Route && outage.Kind == kind)],
                [.. samples.Where(sample => sample.Route == route.Route && sample.Kind == kind)]);
        return new AvailabilityReport(status.Topology.Scope, period.From, period.To, [.. loads], outages, CounterSheet.Of(status), status.Topology);
    }
}

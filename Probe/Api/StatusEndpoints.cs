using HaPgAspire.Probe.Model;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HaPgAspire.Probe.Api;

internal static class StatusEndpoints
{
    public static void MapStatus(this RouteGroupBuilder api)
    {
        api.MapGet("/status", (IProbeState state) => state.Current)
            .WithName("getStatus")
            .WithSummary("Everything the probe knows at this moment");

        api.MapGet("/topology", (IProbeState state) => state.Current.Topology)
            .WithName("getTopology")
            .WithSummary("The cluster as etcd, Patroni and HAProxy describe themselves");

        api.MapGet("/members", (IProbeState state) => state.Current.Topology.Nodes)
            .WithName("getMembers")
            .WithSummary("The data nodes: role, state, timeline and lag");

        api.MapGet("/routes", (IProbeState state) => state.Current.Routes)
            .WithName("getRoutes")
            .WithSummary("The ways into the cluster, with what was measured on each");

        api.MapGet("/counters", (IProbeState state) => CounterSheet.Of(state.Current))
            .WithName("getCounters")
            .WithSummary("What became of every write and read");

        api.MapGet("/latency", Latency)
            .WithName("getLatency")
            .WithSummary("Latency by the second; the last hour is kept")
            .ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static Results<Ok<LatencyHistory>, ProblemHttpResult> Latency(IProbeState state, [AsParameters] PeriodQuery query) =>
        query.TryResolve(state.Current, out var period, out var problem)
            ? TypedResults.Ok(LatencyHistory.Of(state, period))
            : Problems.BadPeriod(problem);
}

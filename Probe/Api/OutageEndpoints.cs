using System.ComponentModel;
using HaPgAspire.Probe.Model;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HaPgAspire.Probe.Api;

internal static class OutageEndpoints
{
    public static void MapOutages(this RouteGroupBuilder api)
    {
        api.MapGet("/outages", List)
            .WithName("getOutages")
            .WithSummary("The outages of a period, newest first")
            .ProducesProblem(StatusCodes.Status400BadRequest);

        api.MapGet("/outages/{id:long}", One)
            .WithName("getOutage")
            .WithSummary("One outage with its phases")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static Results<Ok<IReadOnlyList<Outage>>, ProblemHttpResult> List(
        IProbeState state,
        [AsParameters] PeriodQuery query,
        [Description("Only this route.")] RouteKind? route,
        [Description("Only this kind of load.")] LoadKind? kind)
    {
        if (!query.TryResolve(state.Current, out var period, out var problem))
        {
            return Problems.BadPeriod(problem);
        }

        IReadOnlyList<Outage> outages =
        [
            .. state.Outages(period.From, period.To)
                .Where(outage => (route is null || outage.Route == route) && (kind is null || outage.Kind == kind))
                .Reverse(),
        ];
        return TypedResults.Ok(outages);
    }

    private static Results<Ok<Outage>, ProblemHttpResult> One(IProbeState state, long id)
    {
        var found = state.Current.Outages.FirstOrDefault(outage => outage.Id == id)
            ?? state.Outages(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).FirstOrDefault(outage => outage.Id == id);
        return found is not null
            ? TypedResults.Ok(found)
            : TypedResults.Problem($"The ledger has no outage {id}.", statusCode: StatusCodes.Status404NotFound);
    }
}

using HaPgAspire.Probe.Model;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HaPgAspire.Probe.Api;

internal static partial class ActionEndpoints
{
    private const long LargestBody = 4096;

    public static void MapActions(this RouteGroupBuilder api)
    {
        api.MapGet("/actions", (ActionToken token) => new ActionList(token.IsSet, token.IsSet ? ["switchover", "verify"] : []))
            .WithName("getActions")
            .WithSummary("Whether actions are on, and which there are");

        var actions = api.MapGroup("/actions")
            .WithMetadata(new ActionMark(), new RequestSizeLimit(LargestBody))
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);

        actions.MapPost("/switchover", SwitchoverAsync)
            .WithName("switchover")
            .WithSummary("Hand the leader's role to another member")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict);

        actions.MapPost("/verify", VerifyAsync)
            .WithName("verify")
            .WithSummary("Compare the acknowledged writes with what every member holds")
            .WithDescription(
                "Answers when the comparison is done, and it begins after the request: whatever was acknowledged before is in it. A member that does not answer, or has "
                + "not caught up within Probe:VerifyTimeout, says so in its `problem`. It changes nothing but the probe's own rows: those compared "
                + "and older than Probe:Retention are deleted.");
    }

    private static async Task<Results<Ok<ActionResult>, ProblemHttpResult>> SwitchoverAsync(
        SwitchoverRequest request,
        IProbeState state,
        IProbeActions actions,
        ILogger<ActionGuard> logger,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var topology = state.Current.Topology;
        if (request.Candidate is { } candidate && topology.Nodes.All(node => node.Name != candidate))
        {
            return TypedResults.Problem("The candidate is not a member of the cluster.", statusCode: StatusCodes.Status400BadRequest);
        }

        if (request.Candidate is not null && request.Candidate == topology.Leader)
        {
            return TypedResults.Problem($"{request.Candidate} is the leader already.", statusCode: StatusCodes.Status400BadRequest);
        }

        LogSwitchoverAsked(logger, request.Candidate ?? "any member", context.Connection.RemoteIpAddress?.ToString());
        var result = await actions.SwitchoverAsync(request.Candidate, cancellationToken);
        return result.Succeeded
            ? TypedResults.Ok(result)
            : TypedResults.Problem(result.Message, statusCode: StatusCodes.Status409Conflict, title: "No switchover");
    }

    private static async Task<Ok<Verification>> VerifyAsync(
        IProbeActions actions, ILogger<ActionGuard> logger, HttpContext context, CancellationToken cancellationToken)
    {
        LogVerificationAsked(logger, context.Connection.RemoteIpAddress?.ToString());
        return TypedResults.Ok(await actions.VerifyAsync(cancellationToken));
    }

    [LoggerMessage(LogLevel.Information, "Switchover to {Candidate} asked for by {Client}")]
    private static partial void LogSwitchoverAsked(ILogger logger, string candidate, string? client);

    [LoggerMessage(LogLevel.Information, "Check for lost writes asked for by {Client}")]
    private static partial void LogVerificationAsked(ILogger logger, string? client);
}

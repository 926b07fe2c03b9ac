using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace HaPgAspire.Probe.Api;

internal static class EventEndpoints
{
    public static void MapEvents(this RouteGroupBuilder api) =>
        api.MapGet("/events", Follow)
            .WithName("followEvents")
            .WithSummary("The changes as they happen (server-sent events)")
            .WithDescription(
                "First `status` with the whole state, as from /api/status; then `sample`, `outage`, `topology`, `routes` and `verification`, each "
                + "with the part that replaces the earlier one; `beat` when nothing has happened for 5 s. With the Last-Event-ID header it goes on after that event "
                + "where it still can, and otherwise begins with `status` again.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .DisableHttpMetrics();

    private static Results<ServerSentEventsResult<string>, ProblemHttpResult> Follow(
        LiveFeed feed,
        IHostApplicationLifetime lifetime,
        HttpContext context,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId)
    {
        if (feed.TryListen() is not { } place)
        {
            context.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem(
                $"{LiveFeed.MostListeners} listeners are connected, which is as many as the probe serves.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        context.Response.RegisterForDispose(place);
        // A request that lasts for hours is no trace worth keeping.
        Activity.Current?.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        // A proxy in between must pass each event on at once.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(UntilStoppedAsync(feed, lastEventId, lifetime.ApplicationStopping, context.RequestAborted));
    }

    // A stopping server waits for its requests, and this one has no end of its own.
    private static async IAsyncEnumerable<SseItem<string>> UntilStoppedAsync(
        LiveFeed feed, string? lastEventId, CancellationToken stopping, CancellationToken aborted, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted, cancellationToken);
        await using var events = feed.ReadAsync(lastEventId, end.Token).GetAsyncEnumerator(end.Token);
        while (await MovesAsync(events, end.Token))
        {
            yield return events.Current;
        }
    }

    private static async ValueTask<bool> MovesAsync(IAsyncEnumerator<SseItem<string>> events, CancellationToken end)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return false;
        }
    }
}

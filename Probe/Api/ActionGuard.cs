using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HaPgAspire.Probe.Api;

/// <summary>
/// Stands before every endpoint marked with <see cref="ActionMark"/>, ahead of reading its body. A page of another origin gets
/// nowhere even with the token: a browser tells where a request comes from, and the token travels in a header that no browser
/// adds by itself.
/// </summary>
internal sealed partial class ActionGuard(ActionToken token, ActionLimit limit, ILogger<ActionGuard> logger) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(client =>
        RateLimitPartition.GetTokenBucketLimiter(client, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = limit.OneEvery,
            AutoReplenishment = true,
        }));

    public void Dispose() => _limiter.Dispose();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ActionMark>() is null || await RefusalAsync(context) is not { } refusal)
        {
            await next(context);
            return;
        }

        LogRefused(logger, context.Request.Path, context.Connection.RemoteIpAddress?.ToString(), refusal.StatusCode);
        context.Response.Headers.CacheControl = "no-store";
        await refusal.ExecuteAsync(context);
    }

    private async ValueTask<ProblemHttpResult?> RefusalAsync(HttpContext context)
    {
        if (!token.IsSet)
        {
            return Problem(StatusCodes.Status404NotFound, "Actions are off", "The probe was started without an action token (Probe__ActionToken).");
        }

        if (!IsOwnOrigin(context.Request))
        {
            return Problem(StatusCodes.Status403Forbidden, "Not from here", "Actions are taken from the probe's own page or a command-line client only.");
        }

        using var lease = await _limiter.AcquireAsync(context.Connection.RemoteIpAddress?.ToString() ?? "", 1, context.RequestAborted);
        if (!lease.IsAcquired)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)limit.OneEvery.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Problem(StatusCodes.Status429TooManyRequests, "Too many actions", $"Up to {limit.Burst} at once, then one every {limit.OneEvery.TotalSeconds:0} s.");
        }

        if (!token.IsIn(context.Request.Headers.Authorization))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problem(StatusCodes.Status401Unauthorized, "Token missing or wrong", "Send the action token in the header Authorization: Bearer.");
        }

        return null;
    }

    private static bool IsOwnOrigin(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
        {
            return false;
        }

        // A proxy may end TLS in front of the probe, so the schemes may differ; host and port may not.
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static ProblemHttpResult Problem(int status, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title);

    [LoggerMessage(LogLevel.Warning, "Refused {Path} for {Client}: {Status}")]
    private static partial void LogRefused(ILogger logger, string path, string? client, int status);
}

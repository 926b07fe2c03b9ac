using Microsoft.AspNetCore.Http.HttpResults;

namespace HaPgAspire.Probe.Api;

internal static class Problems
{
    public static ProblemHttpResult BadPeriod(string problem) =>
        TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest, title: "The period is not valid");
}

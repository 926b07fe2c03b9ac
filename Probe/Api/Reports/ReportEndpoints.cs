using System.Globalization;
using System.Text;
using HaPgAspire.Probe.Model;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HaPgAspire.Probe.Api.Reports;

internal static class ReportEndpoints
{
    public static void MapReports(this RouteGroupBuilder api)
    {
        api.MapGet("/report", Json)
            .WithName("getReport")
            .WithSummary("What was measured in a period")
            .ProducesProblem(StatusCodes.Status400BadRequest);

        api.MapGet("/report.md", Markdown)
            .WithName("getReportAsMarkdown")
            .WithSummary("The report as Markdown")
            .Produces<string>(StatusCodes.Status200OK, "text/markdown")
            .ProducesProblem(StatusCodes.Status400BadRequest);

        api.MapGet("/report.svg", Plot)
            .WithName("getReportAsPlot")
            .WithSummary("The period's latency and outages as an SVG picture")
            .Produces<string>(StatusCodes.Status200OK, "image/svg+xml")
            .ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static Results<Ok<AvailabilityReport>, ProblemHttpResult> Json(IProbeState state, [AsParameters] PeriodQuery query) =>
        query.TryResolve(state.Current, out var period, out var problem)
            ? TypedResults.Ok(AvailabilityReport.Of(state, period))
            : Problems.BadPeriod(problem);

    private static Results<FileContentHttpResult, ProblemHttpResult> Markdown(IProbeState state, [AsParameters] PeriodQuery query) =>
        query.TryResolve(state.Current, out var period, out var problem)
            ? File(MarkdownReport.Write(AvailabilityReport.Of(state, period), FileName(period, "svg")), "text/markdown; charset=utf-8", period, "md")
            : Problems.BadPeriod(problem);

    private static Results<FileContentHttpResult, ProblemHttpResult> Plot(IProbeState state, [AsParameters] PeriodQuery query) =>
        query.TryResolve(state.Current, out var period, out var problem)
            ? File(SvgPlot.Draw(AvailabilityReport.Of(state, period), state.Samples(period.From, period.To)), "image/svg+xml", period, "svg")
            : Problems.BadPeriod(problem);

    private static FileContentHttpResult File(string content, string contentType, Period period, string extension) =>
        TypedResults.File(Encoding.UTF8.GetBytes(content), contentType, FileName(period, extension));

    private static string FileName(Period period, string extension) =>
        string.Create(CultureInfo.InvariantCulture, $"availability-{period.To.UtcDateTime:yyyyMMdd-HHmmss}.{extension}");
}

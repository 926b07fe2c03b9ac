using System.Text.Json;
using HaPgAspire.ProbeTests.Page;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace HaPgAspire.ProbeTests.Api;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_is_valid_and_describes_every_address()
    {
        var (document, diagnostic) = await ReadAsync();
        Assert.Empty(diagnostic.Errors.Select(error => error.Message));
        Assert.Empty(diagnostic.Warnings.Select(warning => warning.Message));
        string[] expected =
        [
            "/api/actions", "/api/actions/switchover", "/api/actions/verify", "/api/counters", "/api/events", "/api/latency", "/api/members", "/api/outages",
            "/api/outages/{id}", "/api/report", "/api/report.md", "/api/report.svg", "/api/routes", "/api/status", "/api/topology",
        ];
        Assert.Equal(expected, document.Paths.Keys.Order(StringComparer.Ordinal));
        var operations = document.Paths.Values.SelectMany(path => path.Operations!.Values).ToList();
        Assert.All(operations, operation => Assert.False(string.IsNullOrWhiteSpace(operation.Summary)));
        Assert.Equal(operations.Count, operations.Select(operation => operation.OperationId).Distinct().Count());
    }

    [Fact]
    public async Task Only_actions_need_the_token_and_say_so()
    {
        var (document, _) = await ReadAsync();
        var secured = document.Paths
            .Where(path => path.Value.Operations!.Values.Any(operation => operation.Security is { Count: > 0 }))
            .Select(path => path.Key);
        Assert.Equal(["/api/actions/switchover", "/api/actions/verify"], secured.Order(StringComparer.Ordinal));
        Assert.Equal("bearer", document.Components!.SecuritySchemes!["actionToken"].Scheme);
    }

    [Fact]
    public async Task Durations_are_seconds()
    {
        var (document, _) = await ReadAsync();
        var totals = document.Components!.Schemas!["OutageTotals"].Properties!["longest"];
        Assert.Equal(JsonSchemaType.Number, totals.Type);
        Assert.Equal(JsonSchemaType.Number | JsonSchemaType.Null, document.Components.Schemas["Outage"].Properties!["duration"].Type);
    }

    [Fact]
    public async Task Answers_match_the_schemas_required_properties()
    {
        var (document, _) = await ReadAsync();
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        using var status = JsonDocument.Parse(await host.Client.GetStringAsync(new Uri("api/status", UriKind.Relative), TestContext.Current.CancellationToken));
        var described = document.Components!.Schemas!["ProbeStatus"].Properties!.Keys;
        Assert.Equal(described.Order(), status.RootElement.EnumerateObject().Select(property => property.Name).Order());
    }

    private static async Task<(OpenApiDocument Document, OpenApiDiagnostic Diagnostic)> ReadAsync()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        using var stream = new MemoryStream(await host.Client.GetByteArrayAsync(new Uri("openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken));
        var result = await OpenApiDocument.LoadAsync(stream, "json", cancellationToken: TestContext.Current.CancellationToken);
        return (Assert.IsType<OpenApiDocument>(result.Document), Assert.IsType<OpenApiDiagnostic>(result.Diagnostic));
    }
}

using HaPgAspire.ProbeTests.Telemetry;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>With a real database, Npgsql's own telemetry is there, under the data sources' names, and shows no secret.</summary>
[Trait("Category", "Engine")]
[Collection(nameof(PostgresContainer))]
public sealed class DatabaseTelemetryTests(PostgresContainer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Npgsqls_meter_and_spans_name_the_data_source_and_no_connection_string()
    {
        await using var receiver = await OtlpReceiver.StartAsync("grpc", Token);
        await using var components = await FakeComponents.StartAsync(Token);
        await using var host = await ProbeHost.StartAsync(
            components,
            receiver.Address,
            "grpc",
            Token,
            $"--ConnectionStrings:appdb={postgres.ConnectionString}",
            $"--ConnectionStrings:postgres={postgres.ConnectionString}",
            $"--POSTGRES_READONLY={postgres.ConnectionString}",
            "--Probe:TraceRatio=0.1",
            $"--{ProbeHost.RealDatabase}=true");

        await receiver.UntilAsync(
            () => receiver.Points.Any(point =>
                point.Name == "db.client.connection.count"
                && point.Attributes.GetValueOrDefault("db.client.connection.pool.name") == "probe front door write"),
            "the pool of the front door",
            Token);
        await receiver.UntilAsync(
            () => receiver.Spans.Any(span => span.Scope == "Npgsql" && span.ParentId.Length > 0
                && receiver.Spans.Any(attempt => attempt.SpanId == span.ParentId && attempt.Name == "attempt write")),
            "Npgsql's span below an attempt's",
            Token);
        var names = receiver.Points
            .Select(point => point.Attributes.GetValueOrDefault("db.client.connection.pool.name"))
            .OfType<string>()
            .Distinct();
        Assert.All(names, name => Assert.StartsWith("probe ", name, StringComparison.Ordinal));
        Assert.DoesNotContain(PostgresContainer.Password, receiver.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain("Password=", receiver.Raw, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Username=", receiver.Raw, StringComparison.OrdinalIgnoreCase);
    }
}

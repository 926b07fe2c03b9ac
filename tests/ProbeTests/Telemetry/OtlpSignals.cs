using System.Globalization;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>A data point of a metric.</summary>
internal sealed record OtlpPoint(
    string Scope, string Name, string Unit, string Kind, IReadOnlyDictionary<string, string> Attributes, double Value);

/// <summary>A span.</summary>
internal sealed record OtlpSpan(
    string Scope,
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    TimeSpan Duration,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<string> Links);

/// <summary>A log record.</summary>
internal sealed record OtlpLog(string Scope, string Body, IReadOnlyDictionary<string, string> Attributes);

/// <summary>Reads what OTLP's three services are sent (opentelemetry-proto, its field numbers).</summary>
internal static class OtlpSignals
{
    public static IEnumerable<OtlpPoint> Metrics(WireMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from metric in scope.Messages(2)
        from data in new[] { (Kind: "gauge", Field: 5), (Kind: "sum", Field: 7), (Kind: "histogram", Field: 9) }
        where metric.Message(data.Field) is not null
        from point in metric.Message(data.Field)!.Messages(1)
        select new OtlpPoint(
            scope.Message(1)!.Text(1),
            metric.Text(1),
            metric.Text(3),
            data.Kind,
            Attributes(point, data.Kind == "histogram" ? 9 : 7),
            data.Kind == "histogram" ? point.Number(4) ?? 0 : point.Double(4) ?? (long?)point.Number(6) ?? 0);

    public static IEnumerable<OtlpSpan> Spans(WireMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from span in scope.Messages(2)
        select new OtlpSpan(
            scope.Message(1)!.Text(1),
            span.Hex(1),
            span.Hex(2),
            span.Hex(4),
            span.Text(5),
            TimeSpan.FromMicroseconds((span.Number(8)!.Value - span.Number(7)!.Value) / 1000.0),
            Attributes(span, 9),
            [.. span.Messages(13).Select(link => link.Hex(2))]);

    public static IEnumerable<OtlpLog> Logs(WireMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from record in scope.Messages(2)
        select new OtlpLog(scope.Message(1)?.Text(1) ?? "", record.Message(5)?.Text(1) ?? "", Attributes(record, 6));

    private static Dictionary<string, string> Attributes(WireMessage message, int field)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var pair in message.Messages(field))
        {
            attributes[pair.Text(1)] = pair.Message(2) is not { } value
                ? ""
                : value.Number(3)?.ToString(CultureInfo.InvariantCulture)
                    ?? value.Double(4)?.ToString(CultureInfo.InvariantCulture)
                    ?? (value.Number(2) is { } truth ? (truth == 1 ? "true" : "false") : value.Text(1));
        }

        return attributes;
    }
}

using HaPgAspire.LocalHosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>The OTEL_* variables of a resource that exports telemetry.</summary>
internal static class OtlpEnvironment
{
    public static async Task AddAsync(EnvironmentCallbackContext context)
    {
        if (context.ExecutionContext.IsPublishMode)
        {
            return;
        }

        var variables = context.EnvironmentVariables;
        variables["OTEL_SERVICE_NAME"] = context.Resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={context.Resource.Name}";

        // Short delays, so that a person sees on the dashboard what has just happened; as Aspire does in development.
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";

        var collector = context.ExecutionContext.Services.GetRequiredService<TelemetryCollector>();
        var protocol = context.Resource.Annotations.OfType<OtlpExporterAnnotation>().LastOrDefault()?.RequiredProtocol;
        foreach (var (name, value) in await collector.EnvironmentAsync(protocol, context.CancellationToken))
        {
            variables[name] = value;
        }
    }
}

using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>The OTEL_* variables of a resource that exports telemetry.</summary>
internal static class OtlpEnvironment
{
    public static Task AddAsync(EnvironmentCallbackContext context)
    {
        if (context.ExecutionContext.IsPublishMode)
        {
            return Task.CompletedTask;
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
        return Task.CompletedTask;
    }
}

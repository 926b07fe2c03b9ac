using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.ServiceDefaults;

/// <summary>What every service of the application has: telemetry, health endpoints, resilient HTTP clients, service discovery.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Answers 200 when every health check passes: the service is ready for work.</summary>
    public const string HealthPath = "/health";

    /// <summary>Answers 200 when the checks tagged <see cref="LiveTag"/> pass: the process need not be restarted.</summary>
    public const string AlivePath = "/alive";

    /// <summary>Tag of the health checks that decide <see cref="AlivePath"/>.</summary>
    public const string LiveTag = "live";

    /// <summary>Adds all the defaults to a service.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(client =>
        {
            client.AddStandardResilienceHandler();
            client.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>
    /// Maps <see cref="HealthPath"/> and <see cref="AlivePath"/>. They answer with one word and need no permission, so that a
    /// container engine or a load balancer can ask them in every environment.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(HealthPath);
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });
        return app;
    }
}

using HaPgAspire.Probe.Api.Reports;
using HaPgAspire.Probe.Page;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaPgAspire.Probe.Api;

/// <summary>The probe's page, its API and its actions. They show what <see cref="Model.IProbeState"/> says and measure nothing.</summary>
public static class ProbePage
{
    /// <summary>
    /// Adds what the page needs. <see cref="Model.IProbeState"/>, <see cref="Model.IProbeActions"/> and <see cref="Settings.ProbeOptions"/>
    /// come from whoever measures.
    /// </summary>
    public static WebApplicationBuilder AddProbePage(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ActionToken>();
        services.AddSingleton(ActionLimit.Default);
        services.AddSingleton<ActionGuard>();
        services.AddSingleton<LiveFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveFeed>());
        services.TryAddSingleton(TimeProvider.System);
        // An open page asks all the time: its requests are no news.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        services.AddProblemDetails();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            options.SerializerOptions.Converters.Add(new SecondsConverter());
        });
        services.AddResponseCompression(options =>
        {
            // Nothing secret is in an answer, and an hour of latency shrinks to a tenth.
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml", "text/markdown"];
        });
        services.AddApiDocument();
        return builder;
    }

    /// <summary>Maps <c>/</c>, <c>/api</c> and <c>/openapi/v1.json</c>.</summary>
    public static WebApplication MapProbePage(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseResponseCompression();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        var guard = app.Services.GetRequiredService<ActionGuard>();
        app.Use(next => context => guard.InvokeAsync(context, next));

        var api = app.MapGroup("/api");
        api.MapStatus();
        api.MapOutages();
        api.MapReports();
        api.MapEvents();
        api.MapActions();
        app.MapOpenApi();
        app.MapPageFiles();
        return app;
    }
}

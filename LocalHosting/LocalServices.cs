using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Pipelines;
using HaPgAspire.LocalHosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting;

/// <summary>The services every application has.</summary>
internal static class LocalServices
{
    /// <summary>Containers are given 10 s each, and those that need each other stop one after the other.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMinutes(2);

    public static void Add(DistributedApplicationBuilder builder, DistributedApplicationOptions options)
    {
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(builder.ExecutionContext);
        services.AddSingleton(builder.Eventing);
        services.AddSingleton(builder.Pipeline);
        services.AddSingleton(new DistributedApplicationModel(builder.Resources));
        services.AddSingleton<ResourceLoggerService>();
        services.AddSingleton(provider => new ResourceNotificationService(provider));
        services.AddSingleton(provider => new ResourceCommandService(
            provider.GetRequiredService<ResourceNotificationService>(),
            provider.GetRequiredService<ResourceLoggerService>(),
            provider));
        services.AddSingleton<TelemetryCollector>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<LocalControlTarget>();
        services.AddHostedService<RunDisplay>();

        // First: the start of the application waits for what it finds.
        services.AddHostedService<ResourceHealthMonitor>();
        services.AddHostedService<LocalOrchestrator>();
        services.AddHostedService<PipelineExecutor>();
        services.AddSingleton<IPipelineOutputService, PipelineOutputService>();
        services.Configure<PipelineOptions>(builder.Configuration.GetSection("Pipeline"));

        // With a screen on which a failed resource can be started again, those that wait for it go on waiting.
        services.Configure<ResourceNotificationServiceOptions>(o =>
            o.DefaultWaitBehavior = options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable);
        services.Configure<HostOptions>(o => o.ShutdownTimeout = ShutdownTimeout);

        AddLogging(services, options);
        services.AddHealthChecks();
        services.AddHttpClient();
    }

    private static void AddLogging(IServiceCollection services, DistributedApplicationOptions options)
    {
        var output = new DisplayOutput();
        services.AddSingleton(output);
        services.AddLogging(logging =>
        {
            logging.ClearProviders();
            if (!options.IsTest)
            {
                logging.AddProvider(output);
            }

            // The terminal is the user's: what frameworks do is not of interest. What health checks say is in the resources'
            // reports, and why a start failed is in the exception that the caller gets.
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddFilter("System", LogLevel.Warning);
            logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None);
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        });
    }
}

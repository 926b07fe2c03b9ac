using HaPgAspire.LocalHosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.LocalHosting;

/// <summary>The services every application has.</summary>
internal static class LocalServices
{
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
        services.AddOptions();
        services.AddHealthChecks();
        services.AddHttpClient();
    }
}

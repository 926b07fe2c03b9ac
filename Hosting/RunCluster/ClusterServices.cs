using HaPgAspire.Hosting.Publishing;
using HaPgAspire.Hosting.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.Hosting;

/// <summary>What the clusters of an app host share: registered once, with the first of them.</summary>
internal static class ClusterServices
{
    private const string WaitForCleanup = "DcpPublisher:WaitForResourceCleanup";

    public static void AddTo(IDistributedApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(ClusterSession)))
        {
            return;
        }

        builder.Services.AddSingleton(ClusterSession.Create());
        builder.Services.AddSingleton<ContainerRuntime>();
        builder.Services.AddSingleton<PublishOutcome>();
        builder.OnBeforeStart((start, _) =>
        {
            ClusterValidation.ThrowIfInvalid(start.Model);
            return Task.CompletedTask;
        });
        if (!builder.ExecutionContext.IsRunMode)
        {
            return;
        }

        builder.OnBeforeStart((start, cancellationToken) => ClusterSecretsValidation.ThrowIfInvalidAsync(start.Model, cancellationToken));
        // DCP removes containers after the app host has ended, unless it is told to wait; the volumes can only be removed after them.
        builder.Configuration[WaitForCleanup] ??= bool.TrueString;
        builder.Services.AddSingleton<BaseImage>();
        // The first service to be started is the last to be stopped: by then the engine has removed the containers that hold the volumes.
        builder.Services.AddSingleton<SessionVolumes>();
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(services => services.GetRequiredService<SessionVolumes>()));
        builder.Services.Insert(1, ServiceDescriptor.Singleton<IHostedService, ClientFolders>());
        builder.OnBeforeStart((start, cancellationToken) => ClusterPreparation.RunAsync(start.Model, start.Services, cancellationToken));
    }

    public static ClusterSession SessionOf(IDistributedApplicationBuilder builder) =>
        (ClusterSession)builder.Services.First(service => service.ServiceType == typeof(ClusterSession)).ImplementationInstance!;
}

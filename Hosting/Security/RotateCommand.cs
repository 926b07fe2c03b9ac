using HaPgAspire.Hosting.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>The command <c>rotate-certificates</c> of a cluster with TLS.</summary>
internal static class RotateCommand
{
    public const string Name = "rotate-certificates";

    /// <summary>Registers the command, once.</summary>
    public static void AddTo(IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        if (cluster.Annotations.OfType<ResourceCommandAnnotation>().Any(command => command.Name == Name))
        {
            return;
        }

        builder.WithCommand(Name, "Rotate certificates", context => ClusterCommands.SentenceAsync(async () =>
        {
            IServiceProvider services = context.Services;
            var rotation = new CertificateRotation(
                cluster,
                services.GetRequiredKeyedService<PatroniClient>(cluster.Name),
                services.GetRequiredService<ContainerRuntime>(),
                services.GetRequiredService<ResourceNotificationService>(),
                services.GetRequiredService<ILogger<CertificateRotation>>());
            IReadOnlyList<string> done = await rotation.RotateAsync(context.CancellationToken);
            return CommandResults.Success($"New certificates: {string.Join(", ", done)}.");
        }), new CommandOptions
        {
            Description = "Gives every component a new certificate with a new key, while clients go on. The authority stays.",
            IconName = "Certificate",
        });
    }
}

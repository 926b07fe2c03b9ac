using Microsoft.Extensions.Hosting;

namespace HaPgAspire.Hosting.Security;

/// <summary>Removes the certificate files of this run's clients at its end.</summary>
internal sealed class ClientFolders(DistributedApplicationModel model) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (PatroniClusterResource cluster in model.Resources.OfType<PatroniClusterResource>())
        {
            ClientFolder.Remove(cluster.Security.Directory);
        }

        return Task.CompletedTask;
    }
}

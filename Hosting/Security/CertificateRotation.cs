using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting.Security;

/// <summary>
/// Gives every running component of a cluster new certificates with new keys, and has it use them, while clients go on. The authority stays; a component that
/// does not run gets its new certificates when it starts.
/// </summary>
internal sealed partial class CertificateRotation(
    PatroniClusterResource cluster, PatroniClient patroni, ContainerRuntime runtime, ResourceNotificationService notifications, ILogger<CertificateRotation> logger)
{
    // A name in its place is there at once: whoever opens the file gets the old certificate and key, or the new ones.
    private const string Replace = "umask 077 && cat > \"$0.new\" && chmod \"$1\" \"$0.new\" && mv -f \"$0.new\" \"$0\"";

    /// <summary>Rotates.</summary>
    /// <returns>The names of the components that have new certificates.</returns>
    /// <exception cref="ClusterException">The engine or Patroni refused; the components before have new certificates, and the rotation can be repeated.</exception>
    public async Task<IReadOnlyList<string>> RotateAsync(CancellationToken cancellationToken)
    {
        var done = new List<string>();
        foreach (EtcdMemberResource member in cluster.Etcd.Members)
        {
            // etcd reads its files again at every handshake.
            await RotateAsync(member, ClusterImages.EtcdConfigurationDirectory, _ => Task.CompletedTask, done, cancellationToken);
        }

        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            // Patroni opens its REST port anew and has PostgreSQL read its files; connections that are there stay.
            await RotateAsync(node, ClusterImages.PatroniConfigurationDirectory, _ => patroni.ReloadAsync(node, cancellationToken), done, cancellationToken);
        }

        if (cluster.HAProxy is { } haproxy)
        {
            // The master starts a new worker; the old one keeps the connections that it has.
            await RotateAsync(
                haproxy,
                ClusterImages.HAProxyConfigurationDirectory,
                container => runtime.RunAsync(["kill", "--signal", "USR2", container], cancellationToken),
                done,
                cancellationToken);
        }

        await cluster.Security.RenewClientsAsync(cancellationToken);
        return done;
    }

    private async Task RotateAsync(IResource resource, string directory, Func<string, Task> use, List<string> done, CancellationToken cancellationToken)
    {
        ResourceEvent current = await notifications.WaitForResourceAsync(resource.Name, _ => true, cancellationToken);
        if (current.Snapshot.State?.Text != KnownResourceStates.Running
            || current.Snapshot.Properties.FirstOrDefault(property => property.Name == "container.id")?.Value is not string container)
        {
            LogSkipped(logger, resource.Name);
            return;
        }

        foreach (CertificateFile file in await cluster.Security.IssueAsync(resource, cancellationToken))
        {
            string path = $"{directory}/{CertificateFiles.Folder}/{file.Name}";
            string mode = Convert.ToString((int)file.Mode, toBase: 8);
            await runtime.RunAsync(["exec", "--interactive", container, "/bin/sh", "-c", Replace, path, mode], file.Contents, cancellationToken);
        }

        await use(container);
        done.Add(resource.Name);
        LogRotated(logger, resource.Name);
    }

    [LoggerMessage(LogLevel.Information, "{Component} has new certificates.")]
    private static partial void LogRotated(ILogger logger, string component);

    [LoggerMessage(LogLevel.Information, "{Component} does not run; it gets new certificates when it starts.")]
    private static partial void LogSkipped(ILogger logger, string component);
}

namespace HaPgAspire.Hosting;

/// <summary>
/// A data node that joins the running cluster beside those of the graph: a container made like one of theirs, under a name of its own. It is never promoted, since
/// HAProxy does not know it.
/// </summary>
internal sealed class FaultNode
{
    private const string Configuration = $"{ClusterImages.PatroniConfigurationDirectory}/patroni.yml";

    private readonly ContainerRuntime _runtime;
    private readonly string _container;

    private FaultNode(ContainerRuntime runtime, string container)
    {
        _runtime = runtime;
        _container = container;
    }

    /// <summary>Makes and starts a node.</summary>
    /// <param name="stage">The cluster.</param>
    /// <param name="model">The node to be like.</param>
    /// <param name="name">The new member's name, also on the network.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">The engine refused.</exception>
    public static async Task<FaultNode> CreateAsync(FaultStage stage, PatroniNodeResource model, string name, CancellationToken cancellationToken)
    {
        ContainerRuntime runtime = stage.Containers.Runtime;
        string id = await stage.Containers.IdAsync(model, cancellationToken);
        string image = (await runtime.RunAsync(["inspect", "--type", "container", "--format", "{{.Config.Image}}", id], cancellationToken)).Trim();
        string environment = await runtime.RunAsync(["inspect", "--type", "container", "--format", "{{range .Config.Env}}{{println .}}{{end}}", id], cancellationToken);
        string network = (await stage.Network.PlacesAsync(id, cancellationToken))[0].Network;
        string configuration = await stage.Containers.ExecuteAsync(id, $"cat {Configuration}", cancellationToken);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hapgaspire-faults-");
        try
        {
            // The environment holds passwords: it goes through a file in a folder that only this user may enter, never over a command line.
            string variables = Path.Combine(folder.FullName, "environment");
            string file = Path.Combine(folder.FullName, "patroni.yml");
            await File.WriteAllTextAsync(variables, environment, cancellationToken);
            await File.WriteAllTextAsync(file, configuration.Replace(model.Name, name, StringComparison.Ordinal) + "\ntags:\n  nofailover: true\n", cancellationToken);
            string container = (await runtime.RunAsync(
                ["create", "--network", network, "--network-alias", name, "--hostname", name, "--env-file", variables, image], cancellationToken)).Trim();
            var node = new FaultNode(runtime, container);
            try
            {
                await runtime.RunAsync(["cp", file, $"{container}:{Configuration}"], cancellationToken);
                await runtime.RunAsync(["start", container], cancellationToken);
                return node;
            }
            catch
            {
                await node.RemoveAsync(CancellationToken.None);
                throw;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Stops the node in order, so that it gives its lease back, and removes it with its data.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await _runtime.TryRunAsync(["stop", _container], cancellationToken);
        await _runtime.RunAsync(["rm", "--force", "--volumes", _container], cancellationToken);
    }
}

namespace HaPgAspire.Hosting;

/// <summary>
/// Looks at a node from inside its container (<c>vital-signs</c> in the image). From outside, a node that is frozen or cut off looks like one that only waits
/// for a CPU; from inside they differ.
/// </summary>
internal sealed class VitalSigns(ContainerRuntime runtime)
{
    private const string Script = "/usr/local/lib/cluster/vital-signs";

    /// <summary>Twice what the script takes at most. An engine that does not get it done in that time is overloaded itself.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>Takes at most four seconds.</summary>
    /// <param name="container">The container's id.</param>
    /// <param name="etcdHosts">The client addresses of etcd's members as the node knows them, <c>host:port</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">The engine's command line is not installed, or the engine does not answer.</exception>
    public async Task<NodeCondition> TakeAsync(string container, IEnumerable<string> etcdHosts, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            (int exitCode, string output, _) = await runtime.TryRunAsync(["exec", container, "/bin/bash", Script, .. etcdHosts], limit.Token);
            if (exitCode == 0)
            {
                return Read(output);
            }

            // No engine executes anything in a container that it has frozen.
            string status = await runtime.RunAsync(["inspect", "--format", "{{.State.Status}}", container], limit.Token);
            return status.Trim() == "paused" ? NodeCondition.Frozen : NodeCondition.Busy;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NodeCondition.Busy;
        }
    }

    /// <summary>What the script's word means; <see cref="NodeCondition.Busy"/> for anything that it does not say.</summary>
    internal static NodeCondition Read(string output) => output.Trim() switch
    {
        "still" => NodeCondition.Still,
        "alone" => NodeCondition.Alone,
        _ => NodeCondition.Busy,
    };
}

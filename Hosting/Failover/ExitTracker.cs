namespace HaPgAspire.Hosting;

/// <summary>Finds the exits of one cluster's nodes in the engine's reports, each once however often a state is reported.</summary>
internal sealed class ExitTracker(PatroniClusterResource cluster, TimeProvider time)
{
    private readonly Dictionary<string, Life> _lives = [];

    /// <summary>Takes in one report.</summary>
    /// <returns>The exit that it tells of, if it does.</returns>
    public NodeExit? Observe(ResourceEvent change)
    {
        if (cluster.Nodes.FirstOrDefault(node => node == change.Resource) is not { } node)
        {
            return null;
        }

        string? state = change.Snapshot.State?.Text;
        Life? life = _lives.GetValueOrDefault(node.Name);
        if (state == KnownResourceStates.Starting && life is null or { IsAskedToEnd: true })
        {
            // Aspire's start of a container that runs stops it and tells of no exit.
            _lives[node.Name] = new Life(null, IsAskedToEnd: false);
        }
        else if (state == KnownResourceStates.Running && life?.Since is null)
        {
            _lives[node.Name] = new Life(time.GetTimestamp(), IsAskedToEnd: false);
        }
        else if (state == KnownResourceStates.Stopping)
        {
            _lives[node.Name] = new Life(life?.Since, IsAskedToEnd: true);
        }
        else if (IsExited(change) && life is not null)
        {
            _lives.Remove(node.Name);

            // A start that was called off ends without an exit code; of a container that ran, an unknown one is none of an orderly end.
            bool failed = change.Snapshot.ExitCode is { } code ? code != 0 : life.Since is not null;
            return new NodeExit(
                node, change.ResourceId, failed && !life.IsAskedToEnd, life.Since is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero);
        }

        return null;
    }

    /// <summary>Whether the engine says of an instance that it has exited. A time-out never leads here.</summary>
    public static bool IsExited(ResourceEvent change) => change.Snapshot.State?.Text == KnownResourceStates.Exited;

    /// <param name="Since">When it was seen to run; null before.</param>
    /// <param name="IsAskedToEnd">Whether a stop was asked for.</param>
    private sealed record Life(long? Since, bool IsAskedToEnd);
}

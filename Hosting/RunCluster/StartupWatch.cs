using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.Hosting;

/// <summary>Waits until a cluster is whole and reached through its front door, and says what is in the way when it doesn't get there.</summary>
internal sealed class StartupWatch(PatroniClusterResource cluster, ResourceNotificationService notifications, ResourceLoggerService logs)
{
    /// <summary>As much of a log as shows a cause without hiding it.</summary>
    private const int LogLines = 12;

    /// <summary>How long the container engine may be unhealthy: Aspire's orchestrator asks it again by itself, and one that has just been started needs some seconds.</summary>
    public TimeSpan EngineLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Returns when etcd, the cluster and its front door are healthy. What happens to a node from then on is no failed start.</summary>
    /// <exception cref="ClusterException">
    /// The container engine stays unhealthy; or a resource failed to start or ended by itself, or was not healthy <see cref="ClusterOptions.StartupTimeout"/> after
    /// the first container ran: then the message names it and ends with its last log lines.
    /// </exception>
    public async Task AwaitHealthyAsync(CancellationToken cancellationToken)
    {
        IResource[] parts = [.. cluster.Etcd.Members, .. cluster.Nodes, .. FrontDoor(), cluster];

        // A cluster is healthy when all of its nodes are in their places, which the nodes' own checks may tell some seconds later.
        IResource[] decisive = [.. parts.Except(cluster.Nodes)];
        var healthy = new HashSet<string>();
        var lackingEngine = new HashSet<string>();
        bool ticks = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await foreach (ResourceEvent change in notifications.WatchAsync(limit.Token))
            {
                if (!parts.Contains(change.Resource))
                {
                    continue;
                }

                CustomResourceSnapshot snapshot = change.Snapshot;
                string? state = snapshot.State?.Text;
                if (state == KnownResourceStates.FailedToStart)
                {
                    throw await ExplainAsync(change.Resource, "failed to start", cancellationToken);
                }

                if (snapshot.ExitCode is { } exitCode and not 0 && KnownResourceStates.TerminalStates.Contains(state))
                {
                    throw await ExplainAsync(change.Resource, string.Create(CultureInfo.InvariantCulture, $"ended with exit code {exitCode}"), cancellationToken);
                }

                bool lackedEngine = lackingEngine.Count > 0;
                _ = state == KnownResourceStates.RuntimeUnhealthy ? lackingEngine.Add(change.Resource.Name) : lackingEngine.Remove(change.Resource.Name);
                if (!ticks && lackedEngine != lackingEngine.Count > 0)
                {
                    limit.CancelAfter(lackedEngine ? Timeout.InfiniteTimeSpan : EngineLimit);
                }

                if (state == KnownResourceStates.Running)
                {
                    // Building the images has no limit; only from the first running container on does the clock tick.
                    if (!ticks)
                    {
                        ticks = true;
                        limit.CancelAfter(TimeSpan.FromSeconds(cluster.Options.StartupTimeout));
                    }

                    if (snapshot.HealthStatus == HealthStatus.Healthy && healthy.Add(change.Resource.Name) && decisive.All(part => healthy.Contains(part.Name)))
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (!ticks)
            {
                throw new ClusterException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the container engine was unhealthy for {EngineLimit.TotalSeconds} s: `docker info` may say why, and Aspire needs a Docker command line of version 25 or newer."));
            }

            IResource late = parts.First(part => !healthy.Contains(part.Name));
            throw await ExplainAsync(
                late,
                string.Create(CultureInfo.InvariantCulture, $"did not become healthy within {cluster.Options.StartupTimeout} s (Cluster:StartupTimeout)"),
                cancellationToken);
        }
    }

    private IEnumerable<IResource> FrontDoor() => cluster.HAProxy is { } frontDoor ? [frontDoor] : [];

    private async Task<ClusterException> ExplainAsync(IResource resource, string what, CancellationToken cancellationToken)
    {
        var lines = new Queue<string>(LogLines);
        await foreach (IReadOnlyList<LogLine> batch in logs.GetAllAsync(resource).WithCancellation(cancellationToken))
        {
            foreach (LogLine line in batch)
            {
                if (lines.Count == LogLines)
                {
                    lines.Dequeue();
                }

                lines.Enqueue(line.Content);
            }
        }

        string log = lines.Count == 0 ? "it wrote no log." : $"its last log lines:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}";
        return new ClusterException($"{resource.Name} {what}; {log}");
    }
}

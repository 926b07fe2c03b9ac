using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>
/// Fences a leader that is frozen or cut off, or whose PostgreSQL hangs: takes its network away, then kills its container. Its death is what the engine reports
/// then, and only that ends the lease (<see cref="NodeExits"/>). See the README of this folder for the argument.
/// </summary>
internal sealed partial class LeaderFence(
    PatroniClusterResource cluster,
    PatroniClient patroni,
    EtcdLeases leases,
    ContainerRuntime runtime,
    VitalSigns vitalSigns,
    ResourceNotificationService notifications,
    TimeProvider time,
    ILogger<LeaderFence> logger) : BackgroundService
{
    /// <summary>Between two rounds while everybody answers.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(500);

    /// <summary>Between two rounds while somebody does not.</summary>
    private static readonly TimeSpan Alarmed = TimeSpan.FromMilliseconds(250);

    /// <summary>Patroni answers <c>/liveness</c>, and PostgreSQL its first question, in milliseconds from memory.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Aspire's orchestrator says so of a frozen container when it happens to look at it; there is no constant for it.</summary>
    private const string Paused = "Paused";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (cluster.Options.Failover.FenceAfterMs == 0)
        {
            return;
        }

        var silence = new MemberSilence(TimeSpan.FromMilliseconds(cluster.Options.Failover.FenceAfterMs), time);
        while (true)
        {
            Dictionary<string, bool> answers = await AskAsync(stoppingToken);
            silence.Observe(answers);
            foreach (PatroniNodeResource node in cluster.Nodes.Where(node => silence.IsSuspect(node.Name)))
            {
                await FenceAsync(node, answers, silence, stoppingToken);
            }

            await Task.Delay(answers.ContainsValue(false) ? Alarmed : Calm, time, stoppingToken);
        }
    }

    private async Task<Dictionary<string, bool>> AskAsync(CancellationToken cancellationToken)
    {
        PatroniNodeResource[] nodes = [.. cluster.Nodes];
        bool[] answers = await Task.WhenAll(nodes.Select(node => AnswersAsync(node, cancellationToken)));
        return nodes.Zip(answers).ToDictionary(pair => pair.First.Name, pair => pair.Second);
    }

    private async Task<bool> AnswersAsync(PatroniNodeResource node, CancellationToken cancellationToken)
    {
        EndpointReference server = node.PostgresEndpoint;
        Task<bool> patroniAnswers = patroni.IsAliveAsync(node, AnswerLimit, cancellationToken);
        return (!server.IsAllocated || await ServerPulse.IsBeatingAsync(server.Host, server.Port, AnswerLimit, cancellationToken)) & await patroniAnswers;
    }

    private async Task FenceAsync(PatroniNodeResource node, Dictionary<string, bool> answers, MemberSilence silence, CancellationToken cancellationToken)
    {
        try
        {
            // A container that does not run is dead by the engine's own word, and its lease is on its way.
            if (!notifications.TryGetCurrentState(node.Name, out ResourceEvent? current)
                || (current.Snapshot.State?.Text != KnownResourceStates.Running && current.Snapshot.State?.Text != Paused)
                || current.Snapshot.Properties.FirstOrDefault(property => property.Name == "container.id")?.Value is not string container)
            {
                return;
            }

            // etcd decides who leads. Where it does not answer, nobody could take over, and the leader may well be alive in failsafe mode.
            if ((await leases.GetLeaderAsync(cancellationToken))?.Member != node.Name)
            {
                return;
            }

            ClusterView? view = await patroni.GetClusterAsync(cluster.Nodes.Where(other => answers[other.Name]), cancellationToken);
            if (view is not { Paused: false } || !view.Members.Any(member => member.Name != node.Name && member.CanTakeOver(cluster.Options.Synchronous) && answers.GetValueOrDefault(member.Name)))
            {
                return;
            }

            NodeCondition condition = await vitalSigns.TakeAsync(container, PatroniBuilderExtensions.EtcdHosts(cluster), cancellationToken);
            if (condition == NodeCondition.Busy)
            {
                Excused(logger, node.Name);
                silence.Excuse(node.Name);
                return;
            }

            Fencing(logger, node.Name, condition);
            await CutOffAsync(node, container, cancellationToken);
            await runtime.KillAsync(container, cancellationToken);
            Killed(logger, node.Name);
            silence.Forget(node.Name);
        }
        catch (Exception e) when (e is HttpRequestException or ClusterException)
        {
            NotFenced(logger, node.Name, e.Message);
        }
    }

    // A frozen container is thawed by the engine in order to die, and its processes run for a moment; nobody should reach them then.
    private async Task CutOffAsync(PatroniNodeResource node, string container, CancellationToken cancellationToken)
    {
        try
        {
            await runtime.CutOffAsync(container, cancellationToken);
        }
        catch (ClusterException e)
        {
            // It still holds the lease, so what it acknowledges in that moment is as good as before.
            NotCutOff(logger, node.Name, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leader {Node} does not answer while others do, and inside it is found {Condition}; it is cut off the network and killed")]
    private static partial void Fencing(ILogger logger, string node, NodeCondition condition);

    [LoggerMessage(Level = LogLevel.Information, Message = "Leader {Node} does not answer in time, but runs and reaches etcd; it is left alone")]
    private static partial void Excused(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leader {Node} was killed")]
    private static partial void Killed(ILogger logger, string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The network of {Node} could not be taken away before it is killed: {Reason}")]
    private static partial void NotCutOff(ILogger logger, string node, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} does not answer, and could not be fenced: {Reason}")]
    private static partial void NotFenced(ILogger logger, string node, string reason);
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>One run of a case: what it may do to the cluster, and what it puts on record. Whatever it broke and did not mend itself is undone afterwards.</summary>
internal sealed class FaultScene(FaultStage stage, ClusterView before, ProbeRecord record)
{
    private static readonly TimeSpan BetweenStarts = TimeSpan.FromSeconds(1);

    // Several containers may be killed at once.
    private readonly ConcurrentStack<(string What, Func<CancellationToken, Task> Undo)> _undo = new();
    private readonly ConcurrentQueue<string> _proofs = new();
    private readonly ConcurrentQueue<string> _notes = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentQueue<(string What, Func<ProbeRecord, bool> Shown)> _expectations = new();
    private bool _isInvisible;

    public FaultStage Stage => stage;

    /// <summary>The member that led when the case began.</summary>
    public PatroniNodeResource Leader => Node(before.Leader!.Name);

    /// <summary>The other members.</summary>
    public IReadOnlyList<PatroniNodeResource> Replicas => [.. stage.Cluster.Nodes.Where(node => node != Leader)];

    /// <summary>A member that a commit may have waited for.</summary>
    public PatroniNodeResource Synchronous => Node((before.Members.FirstOrDefault(member => member.IsSynchronous) ?? before.Members.First(member => !member.IsLeader)).Name);

    public ClusterView Before => before;

    public IReadOnlyList<string> Proofs => [.. _proofs];

    public IReadOnlyList<string> Notes => [.. _notes];

    public IReadOnlyList<string> Violations => [.. _violations];

    /// <summary>What the probe was to show and did not; a case that expects nothing of it has forgotten to.</summary>
    public IReadOnlyList<string> NotShown => _expectations.IsEmpty && !_isInvisible
        ? ["the case says nothing of what telemetry has to show"]
        : [.. _expectations.Where(expectation => !expectation.Shown(record)).Select(expectation => expectation.What)];

    /// <summary>Puts on record that the fault was seen to be there.</summary>
    public void Prove(string what) => _proofs.Enqueue(what);

    /// <summary>Puts on record that the fault was seen to be there; otherwise the case ends here, failed.</summary>
    /// <exception cref="ClusterException">It was not there.</exception>
    public void Prove(bool isThere, string what)
    {
        if (!isThere)
        {
            throw new ClusterException($"the fault was not there: not seen that {what}");
        }

        _proofs.Enqueue(what);
    }

    /// <summary>Puts on record what the reader of the report should know.</summary>
    public void Note(string what) => _notes.Enqueue(what);

    /// <summary>Puts a violation on record; the case goes on.</summary>
    public void Violate(string what) => _violations.Enqueue(what);

    /// <summary>Says what has to be seen in the probe's telemetry by the end of the case.</summary>
    public void Expect(string what, Func<ProbeRecord, bool> shown) => _expectations.Enqueue((what, shown));

    /// <summary>Says that telemetry cannot show this fault, and why: the report says so too.</summary>
    public void ExpectNothing(string why)
    {
        _isInvisible = true;
        Note($"telemetry cannot show it: {why}");
    }

    /// <summary>Has something done after the case, the last thing first.</summary>
    public void Afterwards(string what, Func<CancellationToken, Task> undo) => _undo.Push((what, undo));

    /// <summary>Undoes what is still broken.</summary>
    public async Task HealAsync(CancellationToken cancellationToken)
    {
        while (_undo.TryPop(out (string What, Func<CancellationToken, Task> Undo) step))
        {
            try
            {
                await step.Undo(cancellationToken);
            }
            catch (Exception e) when (e is ClusterException or HttpRequestException or TimeoutException)
            {
                Violate($"could not {step.What}: {e.Message}");
            }
        }
    }

    public PatroniNodeResource Node(string name) => stage.Cluster.Nodes.Single(node => node.Name == name);

    /// <summary>Kills a container and sees it dead. It is started again afterwards unless something has done so by then.</summary>
    public async Task KillAsync(IResource resource, CancellationToken cancellationToken)
    {
        string id = await stage.Containers.IdAsync(resource, cancellationToken);
        Afterwards($"start {resource.Name} again", token => BringBackAsync(resource, token));
        await stage.Containers.SignalAsync(id, "KILL", cancellationToken);
        await ProveGoneAsync(resource, id, cancellationToken);
    }

    /// <summary>Kills several containers as nearly at once as can be.</summary>
    public Task KillAsync(IEnumerable<IResource> resources, CancellationToken cancellationToken) =>
        Task.WhenAll(resources.Select(resource => KillAsync(resource, cancellationToken)));

    /// <summary>Stops a resource in order and sees it gone. It is started again afterwards.</summary>
    public async Task StopAsync(IResource resource, CancellationToken cancellationToken)
    {
        string id = await stage.Containers.IdAsync(resource, cancellationToken);
        Afterwards($"start {resource.Name} again", token => BringBackAsync(resource, token));
        await stage.ExecuteAsync(resource, KnownResourceCommands.StopCommand, cancellationToken);
        await ProveGoneAsync(resource, id, cancellationToken);
    }

    /// <summary>Starts a resource whose container ended, unless it runs again already.</summary>
    /// <exception cref="ClusterException">It cannot be started.</exception>
    public async Task BringBackAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (await IsRunningAsync(resource, cancellationToken))
        {
            Note($"{resource.Name} had come back by itself");
            return;
        }

        await AwaitRunningAsync(resource, () => TryStartAsync(resource, cancellationToken), cancellationToken);
    }

    /// <summary>Waits until a resource's newest container runs.</summary>
    /// <exception cref="ClusterException">It did not within the limit.</exception>
    public Task AwaitRunningAsync(IResource resource, CancellationToken cancellationToken) =>
        AwaitRunningAsync(resource, () => Task.FromResult<string?>(null), cancellationToken);

    /// <summary>Whether a resource's newest container runs.</summary>
    public async Task<bool> IsRunningAsync(IResource resource, CancellationToken cancellationToken) =>
        await stage.Containers.StateAsync(await stage.Containers.IdAsync(resource, cancellationToken), cancellationToken) is { IsRunning: true };

    /// <summary>Freezes all of a container and sees it frozen.</summary>
    public async Task PauseAsync(IResource resource, CancellationToken cancellationToken)
    {
        string id = await stage.Containers.IdAsync(resource, cancellationToken);
        Afterwards($"let {resource.Name} go on", token => ThawAsync(resource, id, token));
        await stage.Containers.PauseAsync(id, cancellationToken);
        Prove((await stage.Containers.StateAsync(id, cancellationToken))?.IsPaused == true, $"the engine calls the container of {resource.Name} paused");
    }

    /// <summary>Stops processes of a container by SIGSTOP and sees them stopped. They go on afterwards.</summary>
    public async Task FreezeAsync(PatroniNodeResource node, Func<ContainerProcess, bool> which, CancellationToken cancellationToken)
    {
        string id = await stage.Containers.IdAsync(node, cancellationToken);
        ContainerProcess[] processes = [.. (await stage.Containers.ProcessesAsync(id, cancellationToken)).Where(which)];
        Afterwards($"let the processes of {node.Name} go on", token => ContinueAsync(node, id, processes, token));
        IReadOnlyList<ContainerProcess> frozen = await stage.Containers.StopAsync(id, processes, cancellationToken);
        Prove(frozen.Count > 0, $"{frozen.Count} process(es) of {node.Name} are stopped (state T): {string.Join(", ", frozen.Take(2).Select(one => Short(one.Command)))}");
    }

    /// <summary>The leader at this moment.</summary>
    public async Task<PatroniNodeResource?> CurrentLeaderAsync(CancellationToken cancellationToken) =>
        await stage.Patroni.GetClusterAsync(cancellationToken) is { Leader: { State: MemberView.Running } leader } ? Node(leader.Name) : null;

    /// <summary>Waits for a leader other than a node, or for that node on a later timeline.</summary>
    public async Task<PatroniNodeResource> AwaitNewLeaderAsync(PatroniNodeResource old, int? timeline, CancellationToken cancellationToken)
    {
        ClusterView view = await stage.AwaitAsync(
            $"a leader after {old.Name}",
            view => view.Leader is { State: MemberView.Running } leader && (leader.Name != old.Name || leader.Timeline > timeline),
            TimeSpan.FromSeconds((2 * stage.Options.Ttl) + 40),
            cancellationToken);
        return Node(view.Leader!.Name);
    }

    /// <summary>Waits for the leader's successor.</summary>
    public Task<PatroniNodeResource> AwaitNewLeaderAsync(CancellationToken cancellationToken) => AwaitNewLeaderAsync(Leader, before.Leader!.Timeline, cancellationToken);

    /// <summary>Lets the fault last.</summary>
    public static Task LastAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, cancellationToken);

    private static string Short(string command) => command.Length > 60 ? command[..60] + "…" : command;

    // The hosting engine may not have noticed the end of the container yet, or something else may be starting it: what counts is that it runs.
    private async Task AwaitRunningAsync(IResource resource, Func<Task<string?>> tryStart, CancellationToken cancellationToken)
    {
        string? refused = null;
        for (var elapsed = Stopwatch.StartNew(); !await IsRunningAsync(resource, cancellationToken); await Task.Delay(BetweenStarts, cancellationToken))
        {
            if (elapsed.Elapsed > stage.RecoveryLimit)
            {
                throw new ClusterException($"{resource.Name} did not start: {refused ?? "its container does not run"}");
            }

            refused = await tryStart() ?? refused;
        }
    }

    // Why it was refused. Aspire's start makes a new container of one that runs, too: one that is coming up has to be left alone.
    private async Task<string?> TryStartAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (!stage.Notifications.TryGetCurrentState(resource.Name, out ResourceEvent? now) || !KnownResourceStates.TerminalStates.Contains(now.Snapshot.State?.Text))
        {
            return null;
        }

        try
        {
            await stage.ExecuteAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
            return null;
        }
        catch (ClusterException e)
        {
            return e.Message;
        }
    }

    private async Task ProveGoneAsync(IResource resource, string id, CancellationToken cancellationToken)
    {
        ContainerState? state = null;
        for (int attempt = 0; attempt < 100; attempt++)
        {
            state = await stage.Containers.StateAsync(id, cancellationToken);
            if (state is not { IsRunning: true })
            {
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        string found = state is null ? "removed" : string.Create(CultureInfo.InvariantCulture, $"{state.Status}, exit code {state.ExitCode}");
        Prove(state is not { IsRunning: true }, $"the first process of {resource.Name} is gone (its container: {found})");
    }

    private async Task ThawAsync(IResource resource, string id, CancellationToken cancellationToken)
    {
        if ((await stage.Containers.StateAsync(id, cancellationToken))?.IsPaused == true)
        {
            await stage.Containers.UnpauseAsync(id, cancellationToken);
            return;
        }

        Note($"{resource.Name} was fenced while it was frozen: its container had been ended");
        await BringBackAsync(resource, cancellationToken);
    }

    private async Task ContinueAsync(PatroniNodeResource node, string id, IEnumerable<ContainerProcess> processes, CancellationToken cancellationToken)
    {
        if (await stage.Containers.StateAsync(id, cancellationToken) is not { IsRunning: true })
        {
            Note($"{node.Name} was fenced while it was frozen: its container had been ended");
            await BringBackAsync(node, cancellationToken);
            return;
        }

        foreach (ContainerProcess process in processes)
        {
            try
            {
                await stage.Containers.SignalAsync(id, process, "CONT", cancellationToken);
            }
            catch (ClusterException)
            {
                Note($"process {process.Id} of {node.Name} had ended while it was frozen");
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>Processes and containers of the data nodes that stop, die or freeze.</summary>
internal static class ProcessFaults
{
    /// <summary>Beyond the lease, so that the frozen leader has been replaced when it thaws.</summary>
    private static readonly TimeSpan AfterReplacement = TimeSpan.FromSeconds(4);

    /// <summary>Where a node that crashed has to stay dead until the case says otherwise.</summary>
    internal static readonly IReadOnlyList<string> NoRestarts =
        [$"--{ClusterOptions.SectionName}:{nameof(ClusterOptions.Failover)}:{nameof(FailoverOptions.Restarts)}=0"];

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    public static IReadOnlyList<FaultCase> Cases { get; } =
    [
        new("leader-stopped", FaultFamily.Process, "the leader's container is stopped (SIGTERM)", LeaderStoppedAsync) { Goal = TimeSpan.FromSeconds(1.2) },
        new("leader-killed", FaultFamily.Process, "the leader's container is killed (SIGKILL)", LeaderKilledAsync) { Goal = TimeSpan.FromSeconds(1.2) },
        new("postmaster-killed", FaultFamily.Process, "the leader's PostgreSQL is killed, Patroni lives", PostmasterKilledAsync)
        {
            Leader = LeaderFate.Either,
            Goal = TimeSpan.FromSeconds(1),
        },
        new("patroni-killed", FaultFamily.Process, "the leader's Patroni is killed", PatroniKilledAsync) { Leader = LeaderFate.Either },
        new("patroni-frozen", FaultFamily.Process, "the leader's Patroni is stopped (SIGSTOP) beyond its lease", PatroniFrozenAsync) { Goal = TimeSpan.FromSeconds(6) },
        new("postmaster-frozen", FaultFamily.Process, "the leader's postmaster is stopped (SIGSTOP): no new connection gets in", PostmasterFrozenAsync)
        {
            Leader = LeaderFate.Either,
        },
        new("server-frozen", FaultFamily.Process, "all of the leader's PostgreSQL is stopped (SIGSTOP), Patroni lives", ServerFrozenAsync) { Leader = LeaderFate.Either },
        new("leader-frozen", FaultFamily.Process, "the leader's container is frozen beyond its lease, then goes on", LeaderFrozenAsync) { Goal = TimeSpan.FromSeconds(6) },
        new("crash-loop", FaultFamily.Process, "the leader's PostgreSQL crashes and cannot start again", CrashLoopAsync),
        new("replica-killed", FaultFamily.Process, "a replica's container is killed", ReplicaKilledAsync) { Leader = LeaderFate.Stays, OutageLimit = ShorterThanLease },
        new("replicas-killed", FaultFamily.Process, "both replicas are killed; the leader goes on alone", ReplicasKilledAsync) { Leader = LeaderFate.Stays },
        new("leader-and-synchronous-killed", FaultFamily.Process, "the leader and a synchronous replica are killed together", LeaderAndSynchronousKilledAsync)
        {
            Leader = LeaderFate.Either,
            OutageLimit = WhileHalted,
            Arguments = NoRestarts,
        },
        new("cluster-killed", FaultFamily.Process, "all nodes are killed; started all at once", (scene, token) => ClusterKilledAsync(scene, ColdStart.Together, token))
        {
            Leader = LeaderFate.Either,
            OutageLimit = WhileHalted,
            Arguments = NoRestarts,
        },
        new("cluster-killed-replicas-first", FaultFamily.Process, "nodes and etcd are killed; replicas start first, the leader last", (scene, token) => ClusterKilledAsync(scene, ColdStart.ReplicasFirst, token))
        {
            Leader = LeaderFate.Either,
            OutageLimit = WhileHalted,
            Arguments = NoRestarts,
        },
        new("cluster-killed-etcd-last", FaultFamily.Process, "nodes and etcd are killed; the leader starts first, etcd last", (scene, token) => ClusterKilledAsync(scene, ColdStart.EtcdLast, token))
        {
            Leader = LeaderFate.Either,
            OutageLimit = WhileHalted,
            Arguments = NoRestarts,
        },
        new("five-failovers", FaultFamily.Process, "five leaders are killed, one after the other", FiveFailoversAsync),
        new("new-leader-killed", FaultFamily.Process, "the new leader is killed within 2 s of its promotion", NewLeaderKilledAsync) { Leader = LeaderFate.Either, OutageLimit = WhileHalted },
    ];

    private enum ColdStart
    {
        Together,
        ReplicasFirst,
        EtcdLast,
    }

    /// <summary>A replica's end may hold commits up until the leader stops counting on it.</summary>
    internal static TimeSpan ShorterThanLease(ClusterOptions options) => TimeSpan.FromSeconds(options.Ttl);

    /// <summary>Where nobody may be promoted, writes wait until nodes are back: the case's own waiting, and a recovery.</summary>
    internal static TimeSpan WhileHalted(ClusterOptions options) => TimeSpan.FromSeconds((4 * options.Ttl) + 120);

    private static async Task LeaderStoppedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        await scene.StopAsync(scene.Leader, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task LeaderKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        await scene.KillAsync(scene.Leader, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task PostmasterKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect($"{leader.Name} is down or no longer leads", record => record.ShowedDown(leader.Name) || record.ShowedNoLeader || scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        ContainerProcess postmaster = await ProcessAsync(scene, id, process => process.IsPostmaster, cancellationToken);
        ContainerProcess patroni = await PatroniAsync(scene, id, cancellationToken);
        await scene.Stage.Containers.SignalAsync(id, postmaster, "KILL", cancellationToken);
        IReadOnlyList<ContainerProcess> after = await scene.Stage.Containers.ProcessesAsync(id, cancellationToken);
        scene.Prove(!IsAlive(after, postmaster), string.Create(CultureInfo.InvariantCulture, $"postmaster {postmaster.Id} of {leader.Name} is gone"));
        scene.Prove(IsAlive(after, patroni), string.Create(CultureInfo.InvariantCulture, $"Patroni ({patroni.Id}) lives"));
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task PatroniKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect($"{leader.Name} is down", record => record.ShowedDown(leader.Name));
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        ContainerProcess patroni = await PatroniAsync(scene, id, cancellationToken);
        ContainerProcess postmaster = await ProcessAsync(scene, id, process => process.IsPostmaster, cancellationToken);
        scene.Afterwards($"start {leader.Name} again", token => scene.BringBackAsync(leader, token));
        var orphan = Stopwatch.StartNew();
        await scene.Stage.Containers.SignalAsync(id, patroni, "KILL", cancellationToken);

        // The server that nobody looks after any more must end, and at once: it would go on taking writes beside its successor.
        bool patroniGone = false;
        while (true)
        {
            IReadOnlyList<ContainerProcess>? processes = await ProcessesAsync(scene, id, cancellationToken);
            patroniGone |= processes is null || !IsAlive(processes, patroni);
            if (processes is null || !IsAlive(processes, postmaster))
            {
                break;
            }

            if (orphan.Elapsed > TimeSpan.FromSeconds(scene.Stage.Options.Ttl))
            {
                scene.Violate($"the orphaned PostgreSQL of {leader.Name} still ran a whole lease after its Patroni had been killed");
                break;
            }

            await Task.Delay(Poll, cancellationToken);
        }

        scene.Prove(patroniGone, string.Create(CultureInfo.InvariantCulture, $"Patroni ({patroni.Id}) of {leader.Name} is gone; its PostgreSQL had ended {orphan.Elapsed.TotalSeconds:F1} s after"));
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task PatroniFrozenAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        await scene.FreezeAsync(scene.Leader, process => process.IsPatroni, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        await FaultScene.LastAsync(AfterReplacement, cancellationToken);
    }

    private static async Task PostmasterFrozenAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        // Backends that were there go on: only new connections notice.
        PatroniNodeResource leader = scene.Leader;
        scene.ExpectNothing("Patroni, HAProxy's checks and the probe's pool go on by what is connected already");
        await scene.FreezeAsync(leader, process => process.IsPostmaster, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5), cancellationToken);
        scene.Note(await scene.CurrentLeaderAsync(cancellationToken) is { } now && now != leader ? $"{now.Name} had taken over" : $"{leader.Name} went on leading for its established connections");
    }

    private static async Task ServerFrozenAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect(
            $"{leader.Name} is down or no longer leads",
            record => record.ShowedDown(leader.Name) || record.ShowedNoLeader || scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        await scene.FreezeAsync(leader, process => process.IsPostgres, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds((2 * scene.Stage.Options.Ttl) + 5), cancellationToken);
        scene.Note(await scene.CurrentLeaderAsync(cancellationToken) is { } now && now != leader ? $"{now.Name} had taken over" : "nobody had taken over while the server was frozen");
    }

    private static async Task LeaderFrozenAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        await scene.PauseAsync(scene.Leader, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        await FaultScene.LastAsync(AfterReplacement, cancellationToken);
    }

    private static async Task CrashLoopAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        const string Broken = "shared_preload_libraries = 'no_such_library'";
        ExpectFailover(scene);
        PatroniNodeResource leader = scene.Leader;
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        string file = $"{PatroniPaths.Container.DataDirectory}/postgresql.auto.conf";
        await scene.Stage.Containers.ExecuteAsync(id, $"echo \"{Broken}\" >> {file}", cancellationToken);
        scene.Afterwards($"mend the configuration of {leader.Name}", async token => await scene.Stage.Containers.ExecuteAsync(
            await scene.Stage.Containers.IdAsync(leader, token), $"if [ -f {file} ]; then sed -i '/no_such_library/d' {file}; fi", token));
        ContainerProcess postmaster = await ProcessAsync(scene, id, process => process.IsPostmaster, cancellationToken);
        await scene.Stage.Containers.SignalAsync(id, postmaster, "KILL", cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitAsync(
            $"{leader.Name} to fail to start",
            view => view.Find(leader.Name) is null or { State: not (MemberView.Running or MemberView.Streaming) },
            TimeSpan.FromSeconds(30),
            cancellationToken);

        // It must go on failing for a while: one failed start is no loop.
        string? state = null;
        for (var lasting = Stopwatch.StartNew(); lasting.Elapsed < TimeSpan.FromSeconds(10); await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken))
        {
            state = (await scene.Stage.Patroni.GetClusterAsync(cancellationToken))?.Find(leader.Name)?.State;
            if (state is MemberView.Running or MemberView.Streaming)
            {
                throw new ClusterException($"the fault was not there: {leader.Name} started in spite of the broken configuration");
            }
        }

        scene.Prove($"{leader.Name} could not start for 10 s (Patroni calls it {state ?? "absent"})");
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task ReplicaKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource replica = scene.Synchronous;
        scene.Expect($"{replica.Name} is down", record => record.ShowedDown(replica.Name));
        await scene.KillAsync(replica, cancellationToken);
        await FaultScene.LastAsync(AfterReplacement, cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task ReplicasKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        foreach (PatroniNodeResource replica in scene.Replicas)
        {
            scene.Expect($"{replica.Name} is down", record => record.ShowedDown(replica.Name));
        }

        await scene.KillAsync(scene.Replicas, cancellationToken);
        if (scene.Stage.Options.Synchronous == SynchronousMode.Strict)
        {
            await FaultScene.LastAsync(AfterReplacement, cancellationToken);
            return;
        }

        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        scene.Note($"{scene.Leader.Name} took writes alone");
    }

    private static async Task LeaderAndSynchronousKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        PatroniNodeResource synchronous = scene.Synchronous;
        PatroniNodeResource survivor = scene.Replicas.First(node => node != synchronous);
        scene.Expect($"{leader.Name} and {synchronous.Name} are down", record => record.ShowedDown(leader.Name) && record.ShowedDown(synchronous.Name));
        await scene.KillAsync([leader, synchronous], cancellationToken);

        // The survivor cannot know whether a commit was acknowledged on the strength of the other's copy.
        int seen = 0;
        for (var alone = Stopwatch.StartNew(); alone.Elapsed < TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5); await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken))
        {
            if (await scene.IsRunningAsync(leader, cancellationToken) || await scene.IsRunningAsync(synchronous, cancellationToken))
            {
                scene.Note(string.Create(CultureInfo.InvariantCulture, $"one of the two was back by itself after {alone.Elapsed.TotalSeconds:F1} s"));
                break;
            }

            seen++;
            if (scene.Stage.Options.Synchronous != SynchronousMode.Off
                && await scene.Stage.Patroni.GetClusterAsync(cancellationToken) is { Leader: { } promoted } && promoted.Name == survivor.Name && promoted.Timeline > scene.Before.Leader!.Timeline)
            {
                scene.Violate($"{survivor.Name} was promoted though it cannot prove to have every acknowledged write");
                break;
            }
        }

        scene.Note($"{survivor.Name} was looked at {seen} time(s) while it was alone");
        await scene.BringBackAsync(synchronous, cancellationToken);
    }

    private static async Task ClusterKilledAsync(FaultScene scene, ColdStart order, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect("every node is down", record => scene.Stage.Cluster.Nodes.All(node => record.ShowedDown(node.Name)));
        IReadOnlyList<EtcdMemberResource> etcd = scene.Stage.Cluster.Etcd.Members;
        IResource[] killed = order == ColdStart.Together ? [.. scene.Stage.Cluster.Nodes] : [.. scene.Stage.Cluster.Nodes, .. etcd];
        await scene.KillAsync(killed, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(2), cancellationToken);
        IResource[] starting = order switch
        {
            ColdStart.ReplicasFirst => [.. etcd, .. scene.Replicas, leader],
            ColdStart.EtcdLast => [leader, .. scene.Replicas, .. etcd],
            _ => killed,
        };
        if (order == ColdStart.Together)
        {
            await Task.WhenAll(starting.Select(resource => scene.BringBackAsync(resource, cancellationToken)));
            return;
        }

        foreach (IResource resource in starting)
        {
            await scene.BringBackAsync(resource, cancellationToken);
            await FaultScene.LastAsync(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    private static async Task FiveFailoversAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        ClusterView view = scene.Before;
        for (int round = 1; round <= 5; round++)
        {
            PatroniNodeResource leader = scene.Node(view.Leader!.Name);
            await scene.KillAsync(leader, cancellationToken);
            await scene.AwaitNewLeaderAsync(leader, view.Leader.Timeline, cancellationToken);
            await scene.BringBackAsync(leader, cancellationToken);
            view = await scene.Stage.AwaitWholeAsync(scene.Stage.RecoveryLimit, cancellationToken);
        }

        scene.Note(string.Create(CultureInfo.InvariantCulture, $"from timeline {scene.Before.Leader!.Timeline} to {view.Leader!.Timeline}"));
    }

    private static async Task NewLeaderKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        PatroniNodeResource first = scene.Leader;
        int? timeline = scene.Before.Leader!.Timeline;
        await scene.KillAsync(first, cancellationToken);
        ClusterView view;
        var limit = Stopwatch.StartNew();
        while ((view = await scene.Stage.Patroni.GetClusterAsync(cancellationToken) ?? scene.Before).Leader is not { State: MemberView.Running } now || now.Name == first.Name || now.Timeline <= timeline)
        {
            if (limit.Elapsed > scene.Stage.RecoveryLimit)
            {
                throw new ClusterException($"nobody was promoted after {first.Name} had been killed");
            }

            await Task.Delay(Poll, cancellationToken);
        }

        var promoted = Stopwatch.StartNew();
        PatroniNodeResource second = scene.Node(view.Leader!.Name);
        await scene.KillAsync(second, cancellationToken);
        scene.Prove(promoted.Elapsed < TimeSpan.FromSeconds(2), string.Create(CultureInfo.InvariantCulture, $"{second.Name} was dead {promoted.Elapsed.TotalSeconds:F2} s after its promotion was seen"));
        await FaultScene.LastAsync(TimeSpan.FromSeconds(3), cancellationToken);
        await scene.BringBackAsync(first, cancellationToken);
    }

    private static void ExpectFailover(FaultScene scene) => scene.Expect(
        "a change of the leader", record => scene.Replicas.Any(one => record.ShowedLeading(one.Name)));

    private static async Task<ContainerProcess> ProcessAsync(FaultScene scene, string id, Func<ContainerProcess, bool> which, CancellationToken cancellationToken) =>
        (await scene.Stage.Containers.ProcessesAsync(id, cancellationToken)).FirstOrDefault(which)
            ?? throw new ClusterException("the process to be killed was not found in its container");

    // As a container's first process the launcher only passes signals on; Patroni is its child then.
    private static async Task<ContainerProcess> PatroniAsync(FaultScene scene, string id, CancellationToken cancellationToken) =>
        (await scene.Stage.Containers.ProcessesAsync(id, cancellationToken)).Where(process => process.IsPatroni).OrderBy(process => process.Id == 1).FirstOrDefault()
            ?? throw new ClusterException("Patroni was not found in its container");

    private static bool IsAlive(IEnumerable<ContainerProcess> processes, ContainerProcess process) =>
        processes.Any(one => one.Id == process.Id && one.State != 'Z' && one.Command == process.Command);

    private static async Task<IReadOnlyList<ContainerProcess>?> ProcessesAsync(FaultScene scene, string id, CancellationToken cancellationToken)
    {
        if (await scene.Stage.Containers.StateAsync(id, cancellationToken) is not { IsRunning: true })
        {
            return null;
        }

        try
        {
            return await scene.Stage.Containers.ProcessesAsync(id, cancellationToken);
        }
        catch (ClusterException)
        {
            // It ended between the two questions.
            return null;
        }
    }
}

using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>The leader's network, cut, leaking, slow or flapping.</summary>
internal static class NetworkFaults
{
    /// <summary>After the successor leads: what the old leader does meanwhile is what matters.</summary>
    private static readonly TimeSpan AfterReplacement = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CutOff = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Reconnection = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(200);

    private const int LossPercent = 5;

    private static readonly string[] All = [string.Empty];

    private static readonly string Lossy = string.Create(CultureInfo.InvariantCulture, $"numgen random mod 100 < {LossPercent}");

    /// <summary>The resets themselves have to get through.</summary>
    private const string NotReset = "tcp flags & rst == 0x0";

    public static IReadOnlyList<FaultCase> Cases { get; } =
    [
        new("network-leader-isolated", FaultFamily.Network, "every packet from and to the leader is dropped", (scene, token) => IsolatedAsync(scene, All, All, "drop", token))
        {
            Goal = TimeSpan.FromSeconds(6),
        },
        new("network-leader-disconnected", FaultFamily.Network, "the leader's container is taken off its network", DisconnectedAsync) { Goal = TimeSpan.FromSeconds(6) },
        new("network-leader-from-etcd", FaultFamily.Network, "the leader does not reach etcd", FromEtcdAsync) { Leader = LeaderFate.Either },
        new("network-leader-from-replicas", FaultFamily.Network, "the leader does not reach the replicas", FromReplicasAsync) { Leader = LeaderFate.Either },
        new("network-leader-from-haproxy", FaultFamily.Network, "HAProxy does not reach the leader", FromHAProxyAsync) { Leader = LeaderFate.Stays },
        new("network-leader-from-app-host", FaultFamily.Network, "the app host, which fences leaders, does not reach a leader that all others reach", FromAppHostAsync)
        {
            Leader = LeaderFate.Stays,
        },
        new("network-one-way", FaultFamily.Network, "the leader sends but receives nothing", (scene, token) => IsolatedAsync(scene, All, [], "drop", token)),
        new("network-reset", FaultFamily.Network, "connections of and to the leader are reset instead of dropped", (scene, token) =>
            IsolatedAsync(scene, [NotReset], [NotReset], "reject with tcp reset", token)),
        new("network-latency", FaultFamily.Network, "200 ms latency and 5 % loss on what the leader sends", LatencyAsync) { Leader = LeaderFate.Either },
        new("network-loss", FaultFamily.Network, "5 % of the leader's packets are lost, both ways", LossAsync) { Leader = LeaderFate.Either },
        new("network-flapping", FaultFamily.Network, "the leader's link goes down and up again, faster than its lease runs out", FlappingAsync) { Leader = LeaderFate.Either },
    ];

    private static async Task IsolatedAsync(FaultScene scene, string[] incoming, string[] outgoing, string verdict, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        await using WaitingClient client = await WaitingClient.StartAsync(scene.Stage, cancellationToken);
        long cut = await CutAsync(scene, incoming, outgoing, verdict, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        await FaultScene.LastAsync(AfterReplacement, cancellationToken);
        if (await client.ToldAsync() is { } told)
        {
            scene.Note(string.Create(CultureInfo.InvariantCulture, $"a client that waited for an answer was told after {TimeProvider.System.GetElapsedTime(cut, told).TotalSeconds:F1} s"));
        }
        else
        {
            scene.Violate("a client that waited for an answer was not told that its server is gone");
        }
    }

    private static async Task DisconnectedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectFailover(scene);
        PatroniNodeResource leader = scene.Leader;
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        IReadOnlyList<FaultNetworkPlace> places = await scene.Stage.Network.DisconnectAsync(id, cancellationToken);
        scene.Afterwards($"put {leader.Name} back on its network", token => UnlessEndedAsync(scene, leader, id, () => scene.Stage.Network.ConnectAsync(id, places, token), token));
        scene.Prove((await scene.Stage.Network.AddressesAsync(id, cancellationToken)).Count == 0, $"the container of {leader.Name} has no address any more");
        await StaysDisconnectedAsync(scene, leader, id, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        await FaultScene.LastAsync(AfterReplacement, cancellationToken);
    }

    // Aspire's orchestrator puts a container back on its network as soon as it notices: after 1.3 s where it was seen.
    private static async Task StaysDisconnectedAsync(FaultScene scene, PatroniNodeResource leader, string id, CancellationToken cancellationToken)
    {
        for (var elapsed = Stopwatch.StartNew(); elapsed.Elapsed < Reconnection; await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken))
        {
            if (await scene.Stage.Containers.StateAsync(id, cancellationToken) is not { IsRunning: true })
            {
                return;
            }

            if ((await scene.Stage.Network.AddressesAsync(id, cancellationToken)).Count > 0)
            {
                throw new FaultNotPossibleException($"the hosting engine put {leader.Name} back on its network at once; network-leader-isolated drops its packets instead");
            }
        }
    }

    private static async Task FromEtcdAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectCut(scene);
        await CutFromAsync(scene, scene.Stage.Cluster.Etcd.Members, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds((2 * scene.Stage.Options.Ttl) + 5), cancellationToken);
        await NoteLeaderAsync(scene, cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task FromReplicasAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("a replica does not stream, or the leader changes", record =>
            scene.Replicas.Any(one => record.ShowedNotStreaming(one.Name) || record.ShowedLeading(one.Name)));
        await CutFromAsync(scene, scene.Replicas, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.Ttl), cancellationToken);
        await NoteLeaderAsync(scene, cancellationToken);
    }

    private static async Task FromHAProxyAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("HAProxy has no server for writes", record => record.Showed(picture => picture.Proxy?.Routes.Any(route => !route.Open) == true));
        await CutFromAsync(scene, [scene.Stage.FrontDoor], cancellationToken);
        await FaultScene.LastAsync(CutOff, cancellationToken);
    }

    private static async Task FromAppHostAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect($"the probe, which is on the app host's side, does not reach {scene.Leader.Name}", record => record.ShowedDown(scene.Leader.Name));
        await CutFromAsync(scene, await scene.Stage.Network.GatewaysAsync(await scene.Stage.Containers.IdAsync(scene.Leader, cancellationToken), cancellationToken), cancellationToken);

        // Several times what a leader has until it is suspected.
        await FaultScene.LastAsync(TimeSpan.FromMilliseconds(4 * scene.Stage.Options.Failover.FenceAfterMs), cancellationToken);
    }

    private static async Task LatencyAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.ExpectNothing("a slow or lossy link is no event; the latencies show it");
        (long late, long lost) = await scene.Stage.Network.SlowDownAsync(
            await scene.Stage.Containers.IdAsync(scene.Leader, cancellationToken), Latency, LossPercent, TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5), cancellationToken);
        scene.Prove(late > 0 && lost > 0, string.Create(CultureInfo.InvariantCulture, $"{late} packets of {scene.Leader.Name} were {Latency.TotalMilliseconds} ms late, {lost} were lost"));
        await NoteLeaderAsync(scene, cancellationToken);
    }

    private static async Task LossAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.ExpectNothing("a slow or lossy link is no event; the latencies show it");
        await CutAsync(scene, [Lossy], [Lossy], "drop", cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5), cancellationToken);
        await NoteLeaderAsync(scene, cancellationToken);
    }

    private static async Task FlappingAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectCut(scene);
        PatroniNodeResource leader = scene.Leader;
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        scene.Afterwards($"mend the network of {leader.Name}", token => UnlessEndedAsync(scene, leader, id, () => scene.Stage.Network.MendAsync(id, token), token));

        // Down for a quarter of the lease, up for half of that. The packets are counted early too: a leader that is fenced meanwhile takes its counter along.
        TimeSpan down = TimeSpan.FromSeconds(scene.Stage.Options.Ttl / 4.0), early = TimeSpan.FromSeconds(1);
        long dropped = 0;
        int rounds = 0;
        for (; rounds < 5; rounds++)
        {
            if (await scene.Stage.Containers.StateAsync(id, cancellationToken) is not { IsRunning: true })
            {
                scene.Note($"{leader.Name} was fenced in round {rounds + 1}");
                break;
            }

            await scene.Stage.Network.CutAsync(id, All, All, "drop", cancellationToken);
            await FaultScene.LastAsync(early, cancellationToken);
            long first = await TryPacketsAsync(scene, id, cancellationToken);
            await FaultScene.LastAsync(down - early, cancellationToken);
            dropped += Math.Max(first, await TryPacketsAsync(scene, id, cancellationToken));
            await UnlessEndedAsync(scene, leader, id, () => scene.Stage.Network.MendAsync(id, cancellationToken), cancellationToken);
            await FaultScene.LastAsync(down / 2, cancellationToken);
        }

        scene.Prove(dropped > 0, string.Create(CultureInfo.InvariantCulture, $"the link was down {rounds} times for {down.TotalSeconds:F0} s, {dropped} packets dropped"));
    }

    private static void ExpectFailover(FaultScene scene) => scene.Expect(
        "a change of the leader", record => scene.Replicas.Any(one => record.ShowedLeading(one.Name)));

    private static void ExpectCut(FaultScene scene) => scene.Expect(
        $"{scene.Leader.Name} is down, or a replica is, or the leader changes",
        record => scene.Stage.Cluster.Nodes.Any(node => record.ShowedDown(node.Name)) || record.ShowedNoLeader || scene.Replicas.Any(one => record.ShowedLeading(one.Name)));

    private static async Task NoteLeaderAsync(FaultScene scene, CancellationToken cancellationToken) => scene.Note(
        await scene.CurrentLeaderAsync(cancellationToken) is { } now ? now == scene.Leader ? $"{now.Name} went on leading" : $"{now.Name} had taken over" : "nobody led");

    private static async Task CutFromAsync(FaultScene scene, IEnumerable<IResource> others, CancellationToken cancellationToken)
    {
        var addresses = new List<string>();
        foreach (IResource other in others)
        {
            addresses.AddRange(await scene.Stage.Network.AddressesAsync(await scene.Stage.Containers.IdAsync(other, cancellationToken), cancellationToken));
        }

        await CutFromAsync(scene, addresses, cancellationToken);
    }

    private static async Task CutFromAsync(FaultScene scene, IEnumerable<string> addresses, CancellationToken cancellationToken)
    {
        string set = $"{{ {string.Join(", ", addresses)} }}";
        await CutAsync(scene, [$"ip saddr {set}"], [$"ip daddr {set}"], "drop", cancellationToken);
    }

    // The time at which the rules were there.
    private static async Task<long> CutAsync(FaultScene scene, string[] incoming, string[] outgoing, string verdict, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        scene.Afterwards($"mend the network of {leader.Name}", token => UnlessEndedAsync(scene, leader, id, () => scene.Stage.Network.MendAsync(id, token), token));
        await scene.Stage.Network.CutAsync(id, incoming, outgoing, verdict, cancellationToken);
        long cut = TimeProvider.System.GetTimestamp();
        await FaultScene.LastAsync(TimeSpan.FromSeconds(2), cancellationToken);
        long packets = await TryPacketsAsync(scene, id, cancellationToken);
        scene.Prove(packets > 0, string.Create(CultureInfo.InvariantCulture, $"the rules in the network of {leader.Name} met {packets} packets ({verdict})"));
        return cut;
    }

    private static async Task<long> TryPacketsAsync(FaultScene scene, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await scene.Stage.Network.PacketsAsync(id, cancellationToken);
        }
        catch (ClusterException) when (!cancellationToken.IsCancellationRequested)
        {
            // A node that was fenced meanwhile has taken its network along.
            return 0;
        }
    }

    private static async Task UnlessEndedAsync(FaultScene scene, PatroniNodeResource node, string id, Func<Task> mend, CancellationToken cancellationToken)
    {
        if (await scene.Stage.Containers.StateAsync(id, cancellationToken) is { IsRunning: true })
        {
            await mend();
            return;
        }

        scene.Note($"{node.Name} was fenced while it was cut off: its container had been ended");
        await scene.BringBackAsync(node, cancellationToken);
    }
}

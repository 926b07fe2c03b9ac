using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace HaPgAspire.Hosting;

/// <summary>etcd, which holds the leader's lease, goes away or loses what it holds.</summary>
internal static class DcsFaults
{
    private static readonly IReadOnlyList<string> ThreeMembers = [$"--{ClusterOptions.SectionName}:{nameof(ClusterOptions.Etcd)}:{nameof(EtcdOptions.Members)}=3"];

    public static IReadOnlyList<FaultCase> Cases { get; } =
    [
        new("etcd-killed", FaultFamily.Dcs, "etcd is killed and back after more than a lease; failsafe keeps the leader", (scene, token) =>
            EtcdGoneAsync(scene, TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5), token)) { Leader = LeaderFate.Stays, OutageLimit = Hiccup },
        new("etcd-gone-60s", FaultFamily.Dcs, "etcd is killed and back after 60 s; failsafe keeps the leader", (scene, token) =>
            EtcdGoneAsync(scene, TimeSpan.FromSeconds(60), token)) { Leader = LeaderFate.Stays, OutageLimit = Hiccup, Goal = TimeSpan.FromSeconds(0.3) },
        new("etcd-gone-replica-dies", FaultFamily.Dcs, "etcd is killed, then a replica; both come back", EtcdGoneReplicaDiesAsync)
        {
            Leader = LeaderFate.Either,
            OutageLimit = ProcessFaults.WhileHalted,
        },
        new("etcd-wiped", FaultFamily.Dcs, "etcd is killed and comes back empty", EtcdWipedAsync) { Leader = LeaderFate.Either },
        new("leader-key-deleted", FaultFamily.Dcs, "the leader's key is deleted by hand", LeaderKeyDeletedAsync) { Leader = LeaderFate.Either },
        new("etcd-member-lost", FaultFamily.Dcs, "one of three etcd members is killed", EtcdMemberLostAsync)
        {
            Leader = LeaderFate.Stays,
            OutageLimit = Hiccup,
            Arguments = ThreeMembers,
        },
        new("etcd-leader-and-leader-killed", FaultFamily.Dcs, "the leader of three etcd members and PostgreSQL's are killed together", EtcdLeaderAndLeaderAsync)
        {
            Arguments = ThreeMembers,
        },
    ];

    /// <summary>With failsafe nothing but a hiccup may be seen; without it the leader steps down until etcd is back.</summary>
    private static TimeSpan Hiccup(ClusterOptions options) =>
        options.Failsafe ? OperationFaults.Hiccup(options) : ProcessFaults.WhileHalted(options);

    private static async Task EtcdGoneAsync(FaultScene scene, TimeSpan time, CancellationToken cancellationToken)
    {
        await KillAllAsync(scene, cancellationToken);
        await FaultScene.LastAsync(time, cancellationToken);
        if (await AnswersAsync(scene, cancellationToken))
        {
            throw new ClusterException($"the fault was not there: etcd was back within {time.TotalSeconds:F0} s without the suite's doing");
        }

        scene.Prove(string.Create(CultureInfo.InvariantCulture, $"etcd did not answer {time.TotalSeconds:F0} s later either"));
        if (scene.Stage.Options.Failsafe)
        {
            await scene.Stage.AwaitWritesAsync(TimeSpan.FromSeconds(2), cancellationToken);
        }
    }

    private static async Task EtcdGoneReplicaDiesAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        await KillAllAsync(scene, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.RetryTimeout + 2), cancellationToken);
        PatroniNodeResource replica = scene.Synchronous;
        scene.Expect($"{replica.Name} is down", record => record.ShowedDown(replica.Name));
        await scene.KillAsync(replica, cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.Ttl), cancellationToken);
        scene.Note(await scene.Stage.Probe.FrontDoorAsync(cancellationToken) is { IsUp: true }
            ? "the leader went on taking writes without etcd and one replica"
            : "the leader had stepped down: failsafe needs all members");
    }

    private static async Task EtcdWipedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        // One start more raises the Raft term, below which the new etcd begins.
        await KillAndBringBackAsync(scene, cancellationToken);
        await scene.Stage.AwaitWholeAsync(scene.Stage.RecoveryLimit, cancellationToken);
        long before = await RevisionAsync(scene, cancellationToken);
        ExpectEtcdGone(scene);
        foreach (EtcdMemberResource member in scene.Stage.Cluster.Etcd.Members)
        {
            await scene.Stage.Containers.ExecuteAsync(await scene.Stage.Containers.IdAsync(member, cancellationToken), $"rm -rf {ClusterImages.EtcdVolumePath}/*", cancellationToken);
        }

        await KillAndBringBackAsync(scene, cancellationToken);
        long after = await AwaitRevisionAsync(scene, cancellationToken);
        scene.Prove(after < before, string.Create(CultureInfo.InvariantCulture, $"etcd began anew: revision {after} after {before}"));
    }

    private static async Task KillAndBringBackAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        await scene.KillAsync(scene.Stage.Cluster.Etcd.Members, cancellationToken);
        foreach (EtcdMemberResource member in scene.Stage.Cluster.Etcd.Members)
        {
            await scene.BringBackAsync(member, cancellationToken);
        }
    }

    private static async Task LeaderKeyDeletedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.ExpectNothing("the leader takes its key back within milliseconds, between two looks of the probe");
        JsonObject answer = await scene.Stage.Etcd.CallAsync("v3/kv/deleterange", new JsonObject { ["key"] = Key(scene, "leader") }, cancellationToken);
        scene.Prove((string?)answer["deleted"] == "1", "etcd deleted one key, the leader's");
        await scene.Stage.AwaitAsync("a leader", view => view.Leader is { State: MemberView.Running }, scene.Stage.RecoveryLimit, cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task EtcdMemberLostAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("one etcd member does not answer", record => record.MostEtcdDown >= 1);
        await scene.KillAsync(scene.Stage.Cluster.Etcd.Members[0], cancellationToken);
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5), cancellationToken);
        await scene.Stage.AwaitWritesAsync(TimeSpan.FromSeconds(2), cancellationToken);
    }

    private static async Task EtcdLeaderAndLeaderAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("a change of the leader", record => scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        scene.Expect("one etcd member does not answer", record => record.MostEtcdDown >= 1);
        EtcdMemberResource? etcdLeader = null;
        foreach (EtcdMemberResource member in scene.Stage.Cluster.Etcd.Members)
        {
            JsonObject status = await scene.Stage.Etcd.CallAsync(member, "v3/maintenance/status", [], cancellationToken);
            if ((string?)status["leader"] == (string?)status["header"]?["member_id"])
            {
                etcdLeader = member;
            }
        }

        scene.Prove(etcdLeader is not null, $"{etcdLeader?.Name} is etcd's leader by its own account");
        await scene.KillAsync([etcdLeader!, scene.Leader], cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    private static async Task KillAllAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        ExpectEtcdGone(scene);
        await scene.KillAsync(scene.Stage.Cluster.Etcd.Members, cancellationToken);
        scene.Prove(!await AnswersAsync(scene, cancellationToken), "etcd does not answer on its client port");
    }

    private static void ExpectEtcdGone(FaultScene scene) => scene.Expect(
        "no etcd member answers", record => record.MostEtcdDown == scene.Stage.Cluster.Etcd.Members.Count);

    private static async Task<bool> AnswersAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        try
        {
            await scene.Stage.Etcd.GetLeaderAsync(cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<long> RevisionAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        JsonObject answer = await scene.Stage.Etcd.CallAsync("v3/kv/range", new JsonObject { ["key"] = Key(scene, "initialize") }, cancellationToken);
        return long.Parse((string?)answer["header"]?["revision"] ?? "0", CultureInfo.InvariantCulture);
    }

    private static async Task<long> AwaitRevisionAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await RevisionAsync(scene, cancellationToken);
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }

    private static string Key(FaultScene scene, string name) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{scene.Stage.Options.Namespace}/{scene.Stage.Cluster.Scope}/{name}"));
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>What is done to a cluster on purpose, under load.</summary>
internal static class OperationFaults
{
    public static IReadOnlyList<FaultCase> Cases { get; } =
    [
        new("switchover", FaultFamily.Operations, "a switchover, Patroni chooses the candidate", (scene, token) => SwitchoverAsync(scene, candidate: null, token))
        {
            Goal = TimeSpan.FromSeconds(1),
            OutageLimit = Planned,
        },
        new("switchover-candidate", FaultFamily.Operations, "a switchover to a named replica", (scene, token) => SwitchoverAsync(scene, scene.Synchronous, token))
        {
            Goal = TimeSpan.FromSeconds(1),
            OutageLimit = Planned,
        },
        new("failover-paused", FaultFamily.Operations, "the leader is killed while failover is paused: nobody takes over", FailoverPausedAsync)
        {
            Leader = LeaderFate.Either,
            OutageLimit = ProcessFaults.WhileHalted,
        },
        new("scale", FaultFamily.Operations, "two more nodes join and leave again: 3 → 5 → 3", ScaleAsync) { Leader = LeaderFate.Stays, OutageLimit = Planned },
        new("password-rotated", FaultFamily.Operations, "the application role gets another password", PasswordRotatedAsync) { Leader = LeaderFate.Stays, OutageLimit = Hiccup },
        new("restart-everything", FaultFamily.Operations, "every component is restarted, one after the other, the leader last", RestartEverythingAsync) { Leader = LeaderFate.Either },
    ];

    private const int SwitchoverAttempts = 5;

    private static TimeSpan Planned(ClusterOptions options) => TimeSpan.FromSeconds(options.Ttl);

    /// <summary>For what should be no outage at all: a slow round on a busy machine is none.</summary>
    internal static TimeSpan Hiccup(ClusterOptions options) => TimeSpan.FromSeconds(1.5);

    private static async Task SwitchoverAsync(FaultScene scene, PatroniNodeResource? candidate, CancellationToken cancellationToken)
    {
        scene.Expect(
            candidate is null ? "another member leads" : $"{candidate.Name} leads",
            record => candidate is null ? scene.Replicas.Any(one => record.ShowedLeading(one.Name)) : record.ShowedLeading(candidate.Name));
        string answer = await OrderSwitchoverAsync(scene, candidate, cancellationToken);
        PatroniNodeResource now = await scene.AwaitNewLeaderAsync(cancellationToken);
        scene.Prove(candidate is null || now == candidate, $"Patroni handed over to {now.Name}: {answer}");
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
    }

    // A leader whose candidate does not answer in time, on a busy machine, takes the order back and goes on: whoever gave it gives it again.
    private static async Task<string> OrderSwitchoverAsync(FaultScene scene, PatroniNodeResource? candidate, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await scene.Stage.Patroni.SwitchoverAsync(scene.Leader.Name, candidate?.Name, cancellationToken);
            }
            catch (ClusterException e) when (attempt < SwitchoverAttempts && e.Message.Contains("Switchover failed", StringComparison.Ordinal))
            {
                scene.Note(e.Message);
                await scene.Stage.AwaitWholeAsync(scene.Stage.RecoveryLimit, cancellationToken);
            }
        }
    }

    private static async Task FailoverPausedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect("the cluster is paused", record => record.Showed(picture => picture.Paused));
        scene.Expect($"{leader.Name} is down", record => record.ShowedDown(leader.Name));
        scene.Afterwards("resume failover", token => scene.Stage.Patroni.PauseAsync(pause: false, token));
        await scene.Stage.Patroni.PauseAsync(pause: true, cancellationToken);
        await scene.Stage.AwaitAsync("the pause", view => view.Paused, TimeSpan.FromSeconds(30), cancellationToken);

        // Every member takes note of the pause in its next round.
        await FaultScene.LastAsync(TimeSpan.FromSeconds(scene.Stage.Options.LoopWait + 2), cancellationToken);
        await scene.KillAsync(leader, cancellationToken);
        for (var paused = Stopwatch.StartNew(); paused.Elapsed < TimeSpan.FromSeconds(scene.Stage.Options.Ttl + 5); await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken))
        {
            if (await scene.CurrentLeaderAsync(cancellationToken) is { } promoted && promoted != leader)
            {
                scene.Violate(string.Create(CultureInfo.InvariantCulture, $"{promoted.Name} was promoted {paused.Elapsed.TotalSeconds:F1} s after the leader's death, in spite of the pause"));
                return;
            }
        }

        scene.Note("nobody was promoted while failover was paused");
    }

    // Sessions that exist go on; who connects anew needs the new password, on every member. Afterwards the old one is back, from its verifier, which stays in the container.
    private static async Task PasswordRotatedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        const string Verifier = "/tmp/hapg-fault-verifier", WrongPassword = "28P01";
        string role = scene.Stage.Options.Postgres.ApplicationRole, other = Guid.NewGuid().ToString("N");
        string id = await scene.Stage.Containers.IdAsync(scene.Leader, cancellationToken);
        scene.ExpectNothing("a password is no state of the cluster");
        await scene.Stage.Containers.ExecuteAsync(id, $"umask 077; {FaultContainers.Psql} -v ON_ERROR_STOP=1 -c \"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'\" >{Verifier}", cancellationToken);
        scene.Afterwards($"give {role} its password back", token => scene.Stage.Containers.ExecuteAsync(
            id, $"{FaultContainers.Psql} -v ON_ERROR_STOP=1 -v old=\"$(cat {Verifier})\" <<<\"ALTER ROLE \\\"{role}\\\" PASSWORD :'old'\" && rm {Verifier}", token));
        await scene.Stage.Containers.ExecuteAsync(id, $"{FaultContainers.Psql} -v ON_ERROR_STOP=1 <<<\"ALTER ROLE \\\"{role}\\\" PASSWORD '{other}'\"", cancellationToken);

        ReferenceExpression door = scene.Stage.FrontDoor.ConnectionStringExpression;
        scene.Prove(await LoginAsync(scene, door, password: null, cancellationToken) == WrongPassword, "the old password is refused at the front door");
        scene.Prove(await LoginAsync(scene, door, other, cancellationToken) is null, "the new one is let in there");
        foreach (PatroniNodeResource node in scene.Stage.Cluster.Nodes)
        {
            long start = TimeProvider.System.GetTimestamp();
            while (await LoginAsync(scene, node.ConnectionStringExpression, other, cancellationToken) is { } refusal)
            {
                if (TimeProvider.System.GetElapsedTime(start) > scene.Stage.RecoveryLimit)
                {
                    scene.Violate($"{node.Name} refuses the new password: {refusal}");
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }

        await FaultScene.LastAsync(TimeSpan.FromSeconds(10), cancellationToken);
        scene.Note("every member lets the new password in, and the sessions that were there went on");
    }

    // Why a login is refused, or null when it is not.
    private static async Task<string?> LoginAsync(FaultScene scene, ReferenceExpression server, string? password, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(await WriterWatch.ConnectionStringAsync(server, scene.Stage.Cluster, cancellationToken));
        if (password is not null)
        {
            settings.Password = password;
        }

        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.SqlState;
        }
        catch (NpgsqlException failed)
        {
            return failed.Message;
        }
    }

    private static async Task RestartEverythingAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect("every node is down once", record => scene.Stage.Cluster.Nodes.All(node => record.ShowedDown(node.Name)));
        scene.Expect("etcd does not answer once", record => record.MostEtcdDown > 0);
        scene.Expect("HAProxy does not answer once", record => record.Showed(picture => picture.Proxy is { Reachable: false }));
        foreach (IResource resource in (IResource[])[.. scene.Stage.Cluster.Etcd.Members, scene.Stage.FrontDoor, .. scene.Replicas, leader])
        {
            string before = await scene.Stage.Containers.IdAsync(resource, cancellationToken);
            int process = (await scene.Stage.Containers.StateAsync(before, cancellationToken))?.ProcessId ?? 0;
            await scene.Stage.ExecuteAsync(resource, KnownResourceCommands.RestartCommand, cancellationToken);
            ContainerState? old = await scene.Stage.Containers.StateAsync(before, cancellationToken);
            scene.Prove(old is null || old.ProcessId != process, $"the process that {resource.Name} had is gone");

            // Aspire's command ends before the new container runs.
            await scene.AwaitRunningAsync(resource, cancellationToken);
            await scene.Stage.AwaitWholeAsync(scene.Stage.RecoveryLimit, cancellationToken);
        }
    }

    private static async Task ScaleAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        string[] added = ["fault-node1", "fault-node2"];
        scene.Expect("the nodes of the graph stay, the leader leads", record => record.ShowedLeading(scene.Leader.Name));
        foreach (string name in added)
        {
            FaultNode node = await FaultNode.CreateAsync(scene.Stage, scene.Synchronous, name, cancellationToken);
            scene.Afterwards($"remove {name}", node.RemoveAsync);
        }

        string[] all = [.. scene.Stage.Names, .. added];
        await scene.Stage.AwaitAsync("five members", view => view.Lacks(all).Count == 0, scene.Stage.RecoveryLimit, cancellationToken);
        scene.Prove($"{string.Join(" and ", added)} stream from {scene.Leader.Name}");
        await FaultScene.LastAsync(TimeSpan.FromSeconds(5), cancellationToken);
        await scene.HealAsync(cancellationToken);
        await scene.Stage.AwaitAsync("three members", view => added.All(name => view.Find(name) is null), scene.Stage.RecoveryLimit, cancellationToken);
    }
}

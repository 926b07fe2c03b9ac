using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>HAProxy, its clients, the probe and where its telemetry goes.</summary>
internal static class FrontDoorFaults
{
    private const int Clients = 500;

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(3);

    public static IReadOnlyList<FaultCase> Cases { get; } =
    [
        new("haproxy-killed", FaultFamily.FrontDoor, "HAProxy is killed and back 3 s later", HAProxyKilledAsync) { Leader = LeaderFate.Stays },
        new("haproxy-first", FaultFamily.FrontDoor, "HAProxy is started before any node", HAProxyFirstAsync)
        {
            Leader = LeaderFate.Either,
            OutageLimit = ProcessFaults.WhileHalted,
            Arguments = ProcessFaults.NoRestarts,
        },
        new("reconnect-storm", FaultFamily.FrontDoor, "500 clients reconnect at once after a failover", ReconnectStormAsync) { OutageLimit = ProcessFaults.WhileHalted },
        new("probe-restarted", FaultFamily.FrontDoor, "the probe is restarted in the middle of an outage", ProbeRestartedAsync) { Leader = LeaderFate.Either, OutageLimit = ProcessFaults.WhileHalted },
        new("otlp-down", FaultFamily.FrontDoor, "the OTLP back end goes away, then the leader is killed", OtlpDownAsync) { OutageLimit = ProcessFaults.WhileHalted },
    ];

    private static async Task HAProxyKilledAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("HAProxy does not answer", record => record.Showed(picture => picture.Proxy is { Reachable: false }));
        await scene.KillAsync(scene.Stage.FrontDoor, cancellationToken);
        await FaultScene.LastAsync(Away, cancellationToken);
    }

    private static async Task HAProxyFirstAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        HAProxyResource haproxy = scene.Stage.FrontDoor;
        scene.Expect("every node is down", record => scene.Stage.Cluster.Nodes.All(node => record.ShowedDown(node.Name)));
        scene.Expect("HAProxy answers without a server for writes", record => record.Showed(picture => picture.Proxy is { Reachable: true } proxy && proxy.Routes.Any(route => !route.Open)));
        await scene.KillAsync([.. scene.Stage.Cluster.Nodes, haproxy], cancellationToken);
        await scene.BringBackAsync(haproxy, cancellationToken);
        await FaultScene.LastAsync(Away, cancellationToken);
        string id = await scene.Stage.Containers.IdAsync(haproxy, cancellationToken);
        scene.Prove((await scene.Stage.Containers.StateAsync(id, cancellationToken)) is { IsRunning: true }, "HAProxy runs while no node does");
        await Task.WhenAll(scene.Stage.Cluster.Nodes.Select(node => scene.BringBackAsync(node, cancellationToken)));
    }

    private static async Task ReconnectStormAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("a change of the leader", record => scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        await scene.KillAsync(scene.Leader, cancellationToken);
        var settings = new NpgsqlConnectionStringBuilder(await scene.Stage.FrontDoor.ConnectionStringExpression.GetValueAsync(cancellationToken))
        {
            Database = scene.Stage.Cluster.Database,
            Pooling = false,
            Timeout = 15,
            CommandTimeout = 15,
            ApplicationName = "faults-storm",
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(scene.Stage.RecoveryLimit);
        var elapsed = Stopwatch.StartNew();
        var through = new List<TimeSpan>(Clients);
        int most = 0;
        int open = 0;
        var gate = new Lock();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (true)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(settings.ConnectionString);
                    await connection.OpenAsync(limit.Token);
                    lock (gate)
                    {
                        most = Math.Max(most, ++open);
                    }

                    try
                    {
                        await using var command = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection);
                        if (await command.ExecuteScalarAsync(limit.Token) is false)
                        {
                            lock (gate)
                            {
                                through.Add(elapsed.Elapsed);
                            }

                            return;
                        }
                    }
                    finally
                    {
                        lock (gate)
                        {
                            open--;
                        }
                    }
                }
                catch (Exception e) when (!limit.IsCancellationRequested && e is NpgsqlException or TimeoutException or SocketException or IOException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
                }
            }
        }));
        through.Sort();
        scene.Prove(through.Count == Clients, string.Create(
            CultureInfo.InvariantCulture,
            $"{Clients} clients were without a connection at once and all got through: half within {through[Clients / 2].TotalSeconds:F1} s of the kill, the last after {through[^1].TotalSeconds:F1} s; up to {most} at the same time"));
    }

    private static async Task ProbeRestartedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("the probe itself is away for a moment", record => record.WasInterrupted);
        scene.Expect($"{scene.Leader.Name} is down", record => record.ShowedDown(scene.Leader.Name));
        DateTimeOffset from = DateTimeOffset.UtcNow;

        // Without etcd nobody is promoted, so that the outage lasts as long as the case wants.
        await scene.KillAsync(scene.Stage.Cluster.Etcd.Members, cancellationToken);
        await scene.KillAsync(scene.Leader, cancellationToken);
        await FaultScene.LastAsync(Away, cancellationToken);
        ProbeOutage? before = (await scene.Stage.Probe.OutagesAsync(from, cancellationToken)).LastOrDefault(outage => outage.End is null);
        scene.Prove(before is not null, "the probe had an open write outage when it was restarted");
        await scene.Stage.ExecuteAsync(scene.Stage.Probe.Resource, KnownResourceCommands.RestartCommand, cancellationToken);
        await AwaitProbeAsync(scene, cancellationToken);
        ProbeOutage? after = (await scene.Stage.Probe.OutagesAsync(from, cancellationToken)).FirstOrDefault(outage => outage.Id == before!.Id);
        if (after is null || after.Start != before!.Start)
        {
            scene.Violate("the restarted probe does not go on with the outage from its beginning");
        }
    }

    private static async Task OtlpDownAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        scene.Expect("a change of the leader", record => scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        IResource probe = scene.Stage.Probe.Resource;
        using var backEnd = new TcpListener(IPAddress.Loopback, 0);
        backEnd.Start();
        string address = $"http://127.0.0.1:{((IPEndPoint)backEnd.LocalEndpoint).Port}";
        var redirect = new EnvironmentCallbackAnnotation(context =>
        {
            context.EnvironmentVariables["OTEL_EXPORTER_OTLP_ENDPOINT"] = address;
            context.EnvironmentVariables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        });
        probe.Annotations.Add(redirect);
        scene.Afterwards("give the probe its telemetry back", async token =>
        {
            probe.Annotations.Remove(redirect);
            await scene.Stage.ExecuteAsync(probe, KnownResourceCommands.RestartCommand, token);
            await AwaitProbeAsync(scene, token);
        });
        await scene.Stage.ExecuteAsync(probe, KnownResourceCommands.RestartCommand, cancellationToken);
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            using TcpClient client = await backEnd.AcceptTcpClientAsync(limit.Token);
        }

        backEnd.Stop();
        scene.Prove($"the probe sent telemetry to {address}, which then went away");
        await AwaitProbeAsync(scene, cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        DateTimeOffset from = DateTimeOffset.UtcNow;
        await scene.KillAsync(scene.Leader, cancellationToken);
        await scene.AwaitNewLeaderAsync(cancellationToken);
        await scene.Stage.AwaitWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        if ((await scene.Stage.Probe.OutagesAsync(from, cancellationToken)).Count == 0)
        {
            scene.Violate("without its OTLP back end the probe saw no outage");
        }
    }

    private static async Task AwaitProbeAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        for (var elapsed = Stopwatch.StartNew(); await scene.Stage.Probe.FrontDoorAsync(cancellationToken) is null; await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken))
        {
            if (elapsed.Elapsed > scene.Stage.RecoveryLimit)
            {
                throw new ClusterException("the probe does not answer after its restart");
            }
        }
    }
}

using HaPgAspire.Probe.Model;

namespace HaPgAspire.ProbeTests.Page;

/// <summary>A cluster of three with an hour behind it: a switchover 41 min ago, a failover 3 min ago that cost both routes.</summary>
public static class Scene
{
    public static readonly DateTimeOffset Now = new(2026, 3, 14, 15, 30, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset Began = Now.AddHours(-26);

    private static readonly string[] Names = ["data-node1", "data-node2", "data-node3"];

    public static ScriptedProbe Probe()
    {
        var probe = new ScriptedProbe(Status());
        probe.Remember(Samples(Now.AddHours(-1), Now));
        return probe;
    }

    public static ProbeStatus Status() => new(
        Now,
        Now.AddHours(-3),
        Began,
        Topology("data-node2", 5),
        [FrontDoor(Availability.Up), Direct(Availability.Up)],
        [.. Outages().Reverse()],
        Verified(Now.AddSeconds(-95)));

    public static ClusterTopology Topology(string? leader, int timeline, params string[] down) => new(
        "postgres",
        leader,
        timeline,
        Paused: false,
        Synchronous: true,
        [new EtcdMember("etcd:2379", true, true, true, true, 81_920, Now)],
        [Node("data-node1", leader, timeline, down), Node("data-node2", leader, timeline, down), Node("data-node3", leader, timeline, down)],
        new ProxyStatus(true, [Way("postgres-read-write", leader, down, write: true), Way("postgres-read-only", leader, down, write: false)], Now));

    public static RouteStatus FrontDoor(Availability writes, Availability reads = Availability.Up, long lost = 0) => new(
        RouteKind.FrontDoor,
        20,
        20,
        writes,
        reads,
        Now.AddMilliseconds(-40),
        "172.18.0.5:5432",
        new WriteCounters(1_871_604, 2, 1, 7, 3, lost, 0, 0, 0, 6, 1_869_220, 14, 0, 2, 61),
        new OutageTotals(4, TimeSpan.FromSeconds(6.41), TimeSpan.FromSeconds(2.18)),
        new OutageTotals(1, TimeSpan.FromSeconds(0.42), TimeSpan.FromSeconds(0.42)));

    public static RouteStatus Direct(Availability writes) => new(
        RouteKind.Direct,
        10,
        10,
        writes,
        Availability.Up,
        Now.AddMilliseconds(-60),
        "172.18.0.5:5432",
        new WriteCounters(935_790, 0, 0, 3, 1, 0, 0, 0, 0, 4, 934_402, 3, 0, 0, 27),
        new OutageTotals(4, TimeSpan.FromSeconds(7.9), TimeSpan.FromSeconds(2.9)),
        OutageTotals.None);

    /// <summary>The outages before now, oldest first.</summary>
    public static IEnumerable<Outage> Outages()
    {
        var switchover = Now.AddMinutes(-41);
        yield return Outage(11, RouteKind.FrontDoor, switchover, 1.44, OutageCause.Switchover, "data-node3", "data-node1", 3, [0.21, 1.02, 1.11, 1.28, 1.36]);
        yield return Outage(12, RouteKind.Direct, switchover.AddMilliseconds(20), 1.61, OutageCause.Switchover, "data-node3", "data-node1", 3, [0.19, 1.00, 1.09, 1.26]);
        var failover = Now.AddMinutes(-3).AddMilliseconds(-370);
        yield return Outage(13, RouteKind.FrontDoor, failover, 1.07, OutageCause.Failover, "data-node1", "data-node2", 4, [0.08, 0.31, 0.44, 0.71, 0.93]);
        yield return Outage(14, RouteKind.Direct, failover.AddMilliseconds(11), 1.38, OutageCause.Failover, "data-node1", "data-node2", 4, [0.07, 0.30, 0.43, 0.70]);
        yield return new Outage(
            15, RouteKind.FrontDoor, LoadKind.Read, failover.AddMilliseconds(640), failover.AddMilliseconds(1060), OutageCause.NoReplica, [], 3, 0, "08006",
            "data-node1", "data-node2", 4, 5, null, TimeSpan.Zero, null);
    }

    public static Outage Outage(
        long id, RouteKind route, DateTimeOffset start, double? seconds, OutageCause cause, string? before, string? after, int timeline, double[] steps)
    {
        OutagePhaseKind[] kinds = [OutagePhaseKind.LeaderGone, OutagePhaseKind.LockReleased, OutagePhaseKind.LeaderElected, OutagePhaseKind.Promoted, OutagePhaseKind.ProxySwitched];
        var phases = new List<OutagePhase> { new(OutagePhaseKind.LastAcknowledged, start, TimeSpan.Zero, null) };
        phases.AddRange(steps.Select((step, index) => new OutagePhase(
            kinds[index], start.AddSeconds(step), TimeSpan.FromMilliseconds(index == 0 ? 20 : 50), index switch { 0 => before, 2 or 3 or 4 => after, _ => null })));
        if (seconds is { } length)
        {
            phases.Add(new OutagePhase(OutagePhaseKind.FirstAcknowledged, start.AddSeconds(length), TimeSpan.Zero, after));
        }

        return new Outage(
            id,
            route,
            LoadKind.Write,
            start,
            seconds is null ? null : start.AddSeconds(seconds.Value),
            cause,
            phases,
            FailedAttempts: 18 + id,
            UnknownAttempts: id % 2,
            cause == OutageCause.Switchover ? "57P01" : "connection reset",
            before,
            seconds is null ? null : after,
            timeline,
            seconds is null ? null : timeline + 1,
            LostWrites: seconds is null ? null : 0,
            TimeSpan.Zero,
            seconds is null ? null : $"4bf92f3577b34da6a3ce929d0e0e47{id:00}");
    }

    /// <summary>Every second of [from, to) on both routes: a quiet network with a slow minute, and nothing during the outages.</summary>
    public static IEnumerable<LatencySample> Samples(DateTimeOffset from, DateTimeOffset to)
    {
        var outages = Outages().ToList();
        for (var second = from; second < to; second = second.AddSeconds(1))
        {
            yield return Sample(second, RouteKind.FrontDoor, LoadKind.Write, 1.9, outages);
            yield return Sample(second, RouteKind.Direct, LoadKind.Write, 1.35, outages);
            yield return Sample(second, RouteKind.FrontDoor, LoadKind.Read, 0.62, outages);
            yield return Sample(second, RouteKind.Direct, LoadKind.Read, 0.41, outages);
        }
    }

    public static LatencySample Sample(DateTimeOffset second, RouteKind route, LoadKind kind, double typical, IReadOnlyCollection<Outage> outages)
    {
        var index = second.ToUnixTimeSeconds();
        var waves = 1 + (0.12 * Math.Sin(index / 47.0)) + (0.07 * Math.Sin(index / 7.3)) + (0.22 * Noise(index + ((int)route * 7919) + ((int)kind * 104_729)));
        var ago = (Now - second).TotalSeconds;
        var slow = ago is > 820 and < 880 ? 2.4 : 1;
        var p50 = typical * waves * slow;
        var tail = 1.6 + (2.4 * Math.Pow(Noise(index * 31 + (int)route), 4));
        var until = second.AddSeconds(1);
        var broken = outages.FirstOrDefault(outage => outage.Route == route && outage.Kind == kind && outage.Start < until && (outage.End ?? DateTimeOffset.MaxValue) > second);
        var covered = broken is null ? 0 : ((Min(broken.End ?? until, until) - Max(broken.Start, second)) / TimeSpan.FromSeconds(1));
        var answered = (int)Math.Round(20 * (1 - covered));
        var failed = broken is null ? 0 : (int)Math.Round(covered * 9);
        return answered == 0
            ? new LatencySample(second, route, kind, 0, failed, 0, null, null, null, null)
            : new LatencySample(second, route, kind, answered, failed, 0, p50, p50 * (1 + (tail / 3)), p50 * tail, p50 * tail * 1.3);
    }

    public static Verification Verified(DateTimeOffset at, long lost = 0) => new(
        at.AddSeconds(-2),
        at,
        true,
        null,
        [
            new RouteVerification(RouteKind.FrontDoor, 1_869_704, lost, lost > 0 ? ["1869001-" + (1_869_000 + lost)] : [], 0, 0, 1),
            new RouteVerification(RouteKind.Direct, 934_850, 0, [], 0, 0, 0),
        ],
        [
            new MemberVerification("data-node1", false, true, 0, null),
            new MemberVerification("data-node2", true, true, 0, null),
            new MemberVerification("data-node3", false, true, 0, null),
        ]);

    private static DataNode Node(string name, string? leader, int timeline, string[] down)
    {
        if (down.Contains(name))
        {
            return new DataNode(name, NodeRole.Unknown, null, false, null, null, null, null, false, Now.AddSeconds(-12));
        }

        var standby = Names.Except(down).FirstOrDefault(other => other != leader);
        var role = name == leader ? NodeRole.Leader : name == standby && leader is not null ? NodeRole.SynchronousStandby : NodeRole.Replica;
        return new DataNode(
            name, role, role == NodeRole.Leader ? "running" : "streaming", true, timeline, role == NodeRole.Replica ? 16_432 : 0, role == NodeRole.Replica ? 0.2 : 0, 170_011, false, Now);
    }

    private static ProxyRoute Way(string name, string? leader, string[] down, bool write)
    {
        ProxyServer[] servers =
        [
            .. Names.Select(node =>
            {
                var up = !down.Contains(node) && (node == leader) == write;
                return new ProxyServer(node, up, up ? "UP" : "DOWN", up ? "L7OK" : "L7STS", up ? 4 : 0, 177);
            }),
        ];
        return new ProxyRoute(name, servers.Any(server => server.Up), servers.Sum(server => server.Sessions), servers);
    }

    private static double Noise(long seed)
    {
        // SplitMix64: the same figures on every machine.
        var z = unchecked((ulong)seed * 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return ((z ^ (z >> 31)) >> 11) / (double)(1UL << 53);
    }

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}

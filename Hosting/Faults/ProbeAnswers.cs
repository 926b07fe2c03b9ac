namespace HaPgAspire.Hosting;

/// <summary>One way into the cluster as the probe's API shows it; only what is needed here.</summary>
internal sealed record ProbeRoute(string Route, double WriteRate, string WriteState, DateTimeOffset? LastAcknowledged, ProbeCounters Counters)
{
    public bool IsFrontDoor => Route == "FrontDoor";

    public bool IsUp => WriteState == "Up";
}

/// <summary>What became of a route's writes since the probe's ledger began.</summary>
internal sealed record ProbeCounters(
    long Acknowledged, long Failed, long Unknown, long UnknownFound, long UnknownAbsent, long Lost, long Duplicated, long Unexpected, long StaleLeader)
{
    /// <summary>What was counted since an earlier look.</summary>
    public ProbeCounters Since(ProbeCounters earlier) => new(
        Acknowledged - earlier.Acknowledged,
        Failed - earlier.Failed,
        Unknown - earlier.Unknown,
        UnknownFound - earlier.UnknownFound,
        UnknownAbsent - earlier.UnknownAbsent,
        Lost - earlier.Lost,
        Duplicated - earlier.Duplicated,
        Unexpected - earlier.Unexpected,
        StaleLeader - earlier.StaleLeader);

    /// <summary>The counts of two routes together.</summary>
    public static ProbeCounters operator +(ProbeCounters left, ProbeCounters right) => new(
        left.Acknowledged + right.Acknowledged,
        left.Failed + right.Failed,
        left.Unknown + right.Unknown,
        left.UnknownFound + right.UnknownFound,
        left.UnknownAbsent + right.UnknownAbsent,
        left.Lost + right.Lost,
        left.Duplicated + right.Duplicated,
        left.Unexpected + right.Unexpected,
        left.StaleLeader + right.StaleLeader);

    public static ProbeCounters Zero { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/// <summary>A time without acknowledgements.</summary>
internal sealed record ProbeOutage(
    long Id,
    DateTimeOffset Start,
    DateTimeOffset? End,
    string Cause,
    IReadOnlyList<ProbePhase> Phases,
    string? FirstError,
    string? LeaderBefore,
    string? LeaderAfter,
    int? TimelineBefore,
    int? TimelineAfter)
{
    public TimeSpan? Length => End - Start;
}

/// <summary>A step within an outage.</summary>
internal sealed record ProbePhase(string Kind, DateTimeOffset At, string? Node);

/// <summary>The cluster as the probe sees it.</summary>
internal sealed record ProbeTopology(string? Leader, int? Timeline, bool Paused, IReadOnlyList<ProbeEtcd> Etcd, IReadOnlyList<ProbeNode> Nodes, ProbeProxy? Proxy);

/// <summary>An etcd member; its name is the host and port that the probe asks.</summary>
internal sealed record ProbeEtcd(string Name, bool Reachable, bool? Healthy, bool? HasLeader);

/// <summary>A data node.</summary>
internal sealed record ProbeNode(string Name, string Role, string? State, bool Reachable, int? Timeline, long? LagBytes);

/// <summary>HAProxy.</summary>
internal sealed record ProbeProxy(bool Reachable, IReadOnlyList<ProbeProxyRoute> Routes);

/// <summary>A listener of HAProxy.</summary>
internal sealed record ProbeProxyRoute(string Name, bool Open);

/// <summary>The part of the probe's whole state that is needed here.</summary>
internal sealed record ProbeState(ProbeTopology Topology);

/// <summary>A comparison of the acknowledged writes with the database.</summary>
internal sealed record ProbeVerification(bool Complete, string? Problem, IReadOnlyList<ProbeComparison> Routes, IReadOnlyList<ProbeMemberComparison> Members)
{
    /// <summary>Whether every member could be compared.</summary>
    public bool CoversAll => Complete && Members.All(member => member is { CaughtUp: true, Missing: not null });
}

/// <summary>One route's writes on the leader.</summary>
internal sealed record ProbeComparison(string Route, long Compared, long Lost, long Duplicated, long Unexpected);

/// <summary>One member's data.</summary>
internal sealed record ProbeMemberComparison(string Node, bool Leader, bool CaughtUp, long? Missing, string? Problem);

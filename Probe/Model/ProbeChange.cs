namespace HaPgAspire.Probe.Model;

/// <summary>One change of the probe's state.</summary>
/// <param name="Sequence">Counts the changes of this probe process from 1, without gaps.</param>
/// <param name="At">When, UTC.</param>
public abstract record ProbeChange(long Sequence, DateTimeOffset At);

/// <summary>A second has passed on one route and kind.</summary>
public sealed record SampleAdded(long Sequence, DateTimeOffset At, LatencySample Sample) : ProbeChange(Sequence, At);

/// <summary>An outage was opened, got another phase, was closed or was checked for lost writes.</summary>
public sealed record OutageChanged(long Sequence, DateTimeOffset At, Outage Outage) : ProbeChange(Sequence, At);

/// <summary>A component's role, state or reachability changed, or its lag was read again.</summary>
public sealed record TopologyChanged(long Sequence, DateTimeOffset At, ClusterTopology Topology) : ProbeChange(Sequence, At);

/// <summary>Counters or availability of the routes changed; at most once a second for mere counting, at once when availability changes.</summary>
public sealed record RoutesChanged(long Sequence, DateTimeOffset At, IReadOnlyList<RouteStatus> Routes) : ProbeChange(Sequence, At);

/// <summary>A comparison with the database has ended.</summary>
public sealed record VerificationFinished(long Sequence, DateTimeOffset At, Verification Verification) : ProbeChange(Sequence, At);

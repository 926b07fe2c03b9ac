namespace HaPgAspire.Probe.Model;

/// <summary>A comparison of the acknowledged writes with what the database holds.</summary>
/// <param name="StartedAt">When it began, UTC.</param>
/// <param name="FinishedAt">When it ended, UTC.</param>
/// <param name="Complete">The leader could be compared; false when it could not be reached in time.</param>
/// <param name="Problem">Why it is not complete, in a sentence; null when it is.</param>
/// <param name="Routes">The result on the leader, per route.</param>
/// <param name="Members">The result per member, the leader included.</param>
public sealed record Verification(
    DateTimeOffset StartedAt,
    DateTimeOffset FinishedAt,
    bool Complete,
    string? Problem,
    IReadOnlyList<RouteVerification> Routes,
    IReadOnlyList<MemberVerification> Members);

/// <summary>One route's writes on the leader.</summary>
/// <param name="Route">The route.</param>
/// <param name="Compared">Acknowledged writes that were looked for.</param>
/// <param name="Lost">How many of them are not there.</param>
/// <param name="LostIds">The lost ids as ranges such as `17` or `20-25`, at most 100 ranges.</param>
/// <param name="Duplicated">Ids that are there more than once.</param>
/// <param name="Unexpected">Ids that are there though counted as failed or absent.</param>
/// <param name="UnknownFound">Unknown writes that this comparison settled as there.</param>
public sealed record RouteVerification(
    RouteKind Route,
    long Compared,
    long Lost,
    IReadOnlyList<string> LostIds,
    long Duplicated,
    long Unexpected,
    long UnknownFound);

/// <summary>One member's data.</summary>
/// <param name="Node">The member.</param>
/// <param name="Leader">It was the leader.</param>
/// <param name="CaughtUp">It had replayed what the leader had when the comparison began; without that nothing is said of it.</param>
/// <param name="Missing">Acknowledged writes of all routes that it does not hold; null when not caught up.</param>
/// <param name="Problem">Why it could not be compared, in a sentence; null when it was.</param>
public sealed record MemberVerification(string Node, bool Leader, bool CaughtUp, long? Missing, string? Problem);

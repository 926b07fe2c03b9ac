using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>Everything that was seen of one run of a case, which the oracle judges.</summary>
internal sealed record FaultEvidence
{
    public required FaultCase Case { get; init; }

    public required ClusterOptions Options { get; init; }

    /// <summary>How the fault was seen to be there.</summary>
    public required IReadOnlyList<string> Proofs { get; init; }

    /// <summary>What the case found itself, and everything that went wrong on the way.</summary>
    public required IReadOnlyList<string> Found { get; init; }

    /// <summary>What the probe's telemetry should have shown and did not.</summary>
    public required IReadOnlyList<string> NotShown { get; init; }

    public required ClusterView Before { get; init; }

    /// <summary>The cluster afterwards; <see langword="null"/> when it did not become whole.</summary>
    public required ClusterView? After { get; init; }

    /// <summary>The probe's write outages through the front door.</summary>
    public required IReadOnlyList<ProbeOutage> Outages { get; init; }

    /// <summary>What the probe counted on all routes meanwhile, after a comparison with every member.</summary>
    public required ProbeCounters? Counted { get; init; }

    /// <summary>That comparison.</summary>
    public required ProbeVerification? Verification { get; init; }

    /// <summary>What the watch's writers had acknowledged.</summary>
    public required IReadOnlyList<MarkedWrite> Writes { get; init; }

    /// <summary>For each member the rows of the watch that it lacks; <see langword="null"/> where it could not be asked.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<long>?> MissingRows { get; init; }
}

/// <summary>Says what of a run was not as it has to be. It knows nothing of how the evidence was come by.</summary>
internal static class FaultOracle
{
    /// <summary>One sentence for each violation; none when the case passed.</summary>
    public static IReadOnlyList<string> Judge(FaultEvidence evidence) =>
    [
        .. evidence.Proofs.Count == 0 ? ["the fault was not proven to be there"] : Array.Empty<string>(),
        .. evidence.Found,
        .. evidence.NotShown.Select(what => $"telemetry did not show it: {what}"),
        .. Lost(evidence),
        .. WriterOracle.Judge(evidence.Writes),
        .. Order(evidence),
        .. Outage(evidence),
    ];

    private static IEnumerable<string> Lost(FaultEvidence evidence)
    {
        if (evidence.Verification is not { } verification)
        {
            yield return "the acknowledged writes were not compared with the database";
        }
        else if (!verification.CoversAll)
        {
            yield return $"the comparison does not cover every member: {verification.Problem ?? string.Join("; ", verification.Members.Where(member => member.Missing is null).Select(member => $"{member.Node}: {member.Problem ?? "not caught up"}"))}";
        }
        else
        {
            foreach (ProbeMemberComparison member in verification.Members.Where(member => member.Missing > 0))
            {
                yield return $"{member.Missing} acknowledged write(s) are not on {member.Node}";
            }
        }

        foreach ((string node, IReadOnlyList<long>? rows) in evidence.MissingRows)
        {
            if (rows is null)
            {
                yield return $"{node} could not be asked for the watch's rows";
            }
            else if (rows.Count > 0)
            {
                yield return $"{rows.Count} row(s) of the watch that were acknowledged are not on {node}";
            }
        }

        if (evidence.Counted is not { } counted)
        {
            yield break;
        }

        (long Count, string What)[] counts =
        [
            (counted.Lost, "acknowledged write(s) lost"),
            (counted.Duplicated, "write(s) duplicated"),
            (counted.Unexpected, "write(s) there that were counted as failed"),
            (counted.StaleLeader, "write(s) acknowledged by a stale leader"),
        ];
        foreach ((long count, string what) in counts.Where(one => one.Count != 0))
        {
            yield return $"the probe counted {count} {what}";
        }
    }

    private static IEnumerable<string> Order(FaultEvidence evidence)
    {
        if (evidence.After is not { Leader: { } after })
        {
            // Why it is not whole stands among what was found.
            yield break;
        }

        MemberView before = evidence.Before.Leader!;
        bool changed = after.Name != before.Name || after.Timeline > before.Timeline;
        if (evidence.Case.Leader == LeaderFate.Stays && changed)
        {
            yield return $"the leadership was to stay and went from {before.Name} (timeline {before.Timeline}) to {after.Name} (timeline {after.Timeline})";
        }
        else if (evidence.Case.Leader == LeaderFate.Changes && !changed)
        {
            yield return $"the leadership was to change and stayed with {before.Name} on timeline {before.Timeline}";
        }

        if (after.Timeline < before.Timeline)
        {
            yield return $"the timeline went back from {before.Timeline} to {after.Timeline}";
        }
    }

    private static IEnumerable<string> Outage(FaultEvidence evidence)
    {
        TimeSpan limit = evidence.Case.OutageLimit(evidence.Options);
        foreach (ProbeOutage outage in evidence.Outages)
        {
            if (outage.Length is not { } length)
            {
                yield return "a write outage has not ended";
            }
            else if (length > limit)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"writes were out for {length.TotalSeconds:F1} s, longer than the {limit.TotalSeconds:F1} s that this case may cost");
            }
        }
    }
}

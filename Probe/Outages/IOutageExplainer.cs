using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Outages;

/// <summary>Explains an outage from what the components showed.</summary>
internal interface IOutageExplainer
{
    /// <summary>Explains what is known now; asked again, it may know more.</summary>
    /// <param name="route">The route.</param>
    /// <param name="load">Writes or reads.</param>
    /// <param name="gap">The outage.</param>
    /// <param name="known">What was known of it before, by a probe that has ended since, say; null when nothing was.</param>
    OutageExplanation Explain(RouteKind route, LoadKind load, Gap gap, Outage? known);
}

/// <summary>What the components showed in an outage.</summary>
internal sealed record OutageExplanation(
    OutageCause Cause,
    IReadOnlyList<OutagePhase> Phases,
    string? LeaderBefore,
    string? LeaderAfter,
    int? TimelineBefore,
    int? TimelineAfter,
    IReadOnlyList<TimelineSwitch>? Switches);

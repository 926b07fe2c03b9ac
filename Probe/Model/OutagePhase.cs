using System.Text.Json.Serialization;

namespace HaPgAspire.Probe.Model;

/// <summary>Something that happened in an outage.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Resolution">How much earlier it may have happened: the time since the component was last seen before the change.</param>
/// <param name="Node">The node concerned; null when none is.</param>
public sealed record OutagePhase(OutagePhaseKind Kind, DateTimeOffset At, TimeSpan Resolution, string? Node);

/// <summary>The steps from one leader to the next, in their usual order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutagePhaseKind>))]
public enum OutagePhaseKind
{
    /// <summary>The last acknowledgement before the outage.</summary>
    LastAcknowledged,

    /// <summary>The leader stopped answering, or its server stopped running.</summary>
    LeaderGone,

    /// <summary>Nobody holds the leader lock any more: given back or expired.</summary>
    LockReleased,

    /// <summary>A member took the leader lock.</summary>
    LeaderElected,

    /// <summary>That member's server left recovery and takes writes.</summary>
    Promoted,

    /// <summary>HAProxy sends writes to it.</summary>
    ProxySwitched,

    /// <summary>The first acknowledgement after the outage.</summary>
    FirstAcknowledged,
}

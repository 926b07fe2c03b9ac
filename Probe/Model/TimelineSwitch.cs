namespace HaPgAspire.Probe.Model;

/// <summary>A change of timeline as Patroni's history has it.</summary>
/// <param name="Timeline">The timeline that began.</param>
/// <param name="Lsn">Where the one before it ended, bytes of WAL.</param>
/// <param name="Reason">PostgreSQL's words for why; null when it gives none.</param>
/// <param name="At">When, by the new leader's clock, UTC; null when Patroni does not know.</param>
/// <param name="Leader">The leader that began it; null when Patroni does not know.</param>
public sealed record TimelineSwitch(int Timeline, long Lsn, string? Reason, DateTimeOffset? At, string? Leader);

namespace HaPgAspire.Probe.Api;

/// <summary>What may be done.</summary>
/// <param name="Enabled">An action token is set. Without one every action is refused.</param>
/// <param name="Actions">The names of the actions below /api/actions.</param>
internal sealed record ActionList(bool Enabled, IReadOnlyList<string> Actions);

/// <summary>A planned change of the leader.</summary>
/// <param name="Candidate">The member to become leader; null lets Patroni choose.</param>
internal sealed record SwitchoverRequest(string? Candidate);

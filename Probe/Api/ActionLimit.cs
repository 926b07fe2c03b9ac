namespace HaPgAspire.Probe.Api;

/// <summary>How often one client may try to act, rightly or wrongly.</summary>
/// <param name="Burst">At once.</param>
/// <param name="OneEvery">How soon each further try is allowed.</param>
internal sealed record ActionLimit(int Burst, TimeSpan OneEvery)
{
    /// <summary>10 at once, then one every 6 s: plenty for a person, nothing for guessing.</summary>
    public static ActionLimit Default { get; } = new(10, TimeSpan.FromSeconds(6));
}

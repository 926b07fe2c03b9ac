namespace HaPgAspire.Probe.Model;

/// <summary>What a person may ask the probe to do. Whoever exposes this decides who may.</summary>
public interface IProbeActions
{
    /// <summary>
    /// Compares the acknowledged writes with the leader's database and with every replica once caught up. The comparison begins after the call, and is done
    /// when this returns: whatever was acknowledged before is in it.
    /// </summary>
    Task<Verification> VerifyAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Asks Patroni for a planned change of the leader.
    /// </summary>
    /// <param name="candidate">The member to become leader; null lets Patroni choose.</param>
    /// <param name="cancellationToken">Gives up waiting for Patroni's answer; a switchover already accepted goes on.</param>
    Task<ActionResult> SwitchoverAsync(string? candidate, CancellationToken cancellationToken);
}

/// <summary>What came of an action.</summary>
/// <param name="Succeeded">It was done.</param>
/// <param name="Message">What was done, or why it was not, in a sentence fit to show.</param>
public sealed record ActionResult(bool Succeeded, string Message);

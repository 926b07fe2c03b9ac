namespace HaPgAspire.Hosting;

/// <summary>When a commit is acknowledged, and which member may be promoted.</summary>
public enum SynchronousMode
{
    /// <summary>
    /// Patroni's quorum commit (<c>synchronous_mode: quorum</c>): a commit waits for any one of the standbys that stream, and only a member
    /// that provably has every acknowledged commit is promoted. A new leader names its standbys before it takes its first write, so
    /// there is no unprotected moment after a promotion, and a slow standby holds nobody up. When no standby is left, Patroni lets the
    /// last member go on alone within a loop or two. The default. Needs Patroni 4.0.
    /// </summary>
    Quorum,

    /// <summary>
    /// One named synchronous standby (<c>synchronous_mode: true</c>). For one to three loops after a promotion no standby is named while writes
    /// go on: a second failure in that window can lose acknowledged commits.
    /// </summary>
    On,

    /// <summary>
    /// As <see cref="Quorum"/>, but the last member alone refuses to acknowledge commits (<c>synchronous_mode_strict</c>): writes wait until a
    /// standby is back.
    /// </summary>
    Strict,

    /// <summary>Asynchronous: commits are acknowledged at once, and a failover can lose those that had not reached the new leader.</summary>
    Off,
}

namespace HaPgAspire.Hosting;

/// <summary>A consistent set of time limits. It never changes what is safe: synchronous replication and failsafe stay as they are.</summary>
public enum ClusterProfile
{
    /// <summary>The shortest outages that Patroni allows: lease 20 s, a loop every second, HAProxy checks in fractions of a second. The default.</summary>
    Fast,

    /// <summary>
    /// The timings of the step-by-step guide this product automates (lease 30 s, a loop every 10 s, HAProxy <c>inter 3s fall 3 rise 2</c>,
    /// Patroni's and PostgreSQL's own defaults elsewhere). It is the baseline of every benchmark, and gentler on slow machines.
    /// </summary>
    Seed,
}

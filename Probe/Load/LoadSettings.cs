using HaPgAspire.Probe.Settings;

namespace HaPgAspire.Probe.Load;

/// <summary>How one load runs.</summary>
/// <param name="Rate">Operations per second.</param>
/// <param name="RetryFor">How long an operation is tried, from the moment it was due.</param>
/// <param name="SeekInterval">Longest wait between two attempts on a failing route.</param>
/// <param name="ConnectTimeout">How long an attempt hangs when nobody answers.</param>
/// <param name="MaxConcurrency">Attempts under way at once.</param>
/// <param name="OutageThreshold">The shortest outage, one period of the load included.</param>
/// <param name="StallThreshold">The shortest stall, one period of the load included.</param>
internal sealed record LoadSettings(
    double Rate,
    TimeSpan RetryFor,
    TimeSpan SeekInterval,
    TimeSpan ConnectTimeout,
    int MaxConcurrency,
    TimeSpan OutageThreshold,
    TimeSpan StallThreshold)
{
    /// <summary>Between two operations.</summary>
    public TimeSpan Period => TimeSpan.FromSeconds(1 / Rate);

    /// <summary>Operations that may wait or run at once; more than that are given up before the first attempt.</summary>
    public int MaxPending => (int)Math.Ceiling(Rate * RetryFor.TotalSeconds) + MaxConcurrency;

    /// <summary>The settings for a rate. A healthy load has gaps of one period, so the thresholds begin after that.</summary>
    public static LoadSettings From(ProbeOptions options, double rate, TimeSpan connectTimeout)
    {
        var period = TimeSpan.FromSeconds(1 / rate);
        return new LoadSettings(
            rate,
            options.RetryFor,
            options.SeekInterval,
            connectTimeout,
            options.MaxConcurrency,
            options.OutageThreshold + period,
            options.StallThreshold + period);
    }
}

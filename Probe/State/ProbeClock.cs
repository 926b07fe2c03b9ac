namespace HaPgAspire.Probe.State;

/// <summary>
/// The time that everything is measured by: the wall clock read once, and from there the steady clock, so that an adjustment of the
/// wall clock neither makes nor hides an outage.
/// </summary>
public sealed class ProbeClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    /// <summary>What it is built on.</summary>
    public TimeProvider Time => time;

    /// <summary>Now, UTC.</summary>
    public DateTimeOffset Now => _start + time.GetElapsedTime(_startTimestamp);

    /// <summary>Waits; not at all for times that have passed.</summary>
    public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellationToken) : Task.CompletedTask;
}

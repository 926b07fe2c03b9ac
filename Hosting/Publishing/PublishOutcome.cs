using System.Collections.Concurrent;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// What went wrong while publishing. The pipeline logs a failed step and lets the process end with exit code 0 when no CLI drives it; the one who runs the
/// application asks here instead.
/// </summary>
internal sealed class PublishOutcome
{
    private readonly ConcurrentQueue<ClusterException> _failures = new();

    /// <summary>Whether a step failed.</summary>
    public bool HasFailed => !_failures.IsEmpty;

    /// <summary>Records the failure of a step.</summary>
    public void Record(ClusterException failure) => _failures.Enqueue(failure);

    /// <summary>Throws the first failure.</summary>
    /// <exception cref="ClusterException">A step failed.</exception>
    public void ThrowIfFailed()
    {
        if (_failures.TryPeek(out ClusterException? failure))
        {
            throw new ClusterException(failure.Message, failure);
        }
    }
}

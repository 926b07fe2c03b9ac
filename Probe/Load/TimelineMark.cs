namespace HaPgAspire.Probe.Load;

/// <summary>
/// The newest timeline that anybody has seen a leader on. A server that acknowledges a write on an older one, when the write began
/// after that was known, is a leader that has been replaced.
/// </summary>
public sealed class TimelineMark
{
    private int _newest;

    /// <summary>The newest timeline; 0 before the first.</summary>
    public int Newest => Volatile.Read(ref _newest);

    /// <summary>Takes a timeline that a leader was seen on.</summary>
    public void Raise(int timeline)
    {
        var newest = Newest;
        while (timeline > newest)
        {
            var before = Interlocked.CompareExchange(ref _newest, timeline, newest);
            if (before == newest)
            {
                return;
            }

            newest = before;
        }
    }
}

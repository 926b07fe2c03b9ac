namespace HaPgAspire.Hosting;

/// <summary>Counts a node's crashes in a row and says how long to wait before it is started again.</summary>
internal sealed class CrashCount
{
    /// <summary>A node that ran so long has come up; Docker's restart policies begin to count anew after the same time.</summary>
    internal static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause: a node that somebody repairs meanwhile comes back within it.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Crashes in a row so far.</summary>
    public int InARow { get; private set; }

    /// <summary>Counts one crash.</summary>
    /// <param name="ranFor">How long the node had been running.</param>
    /// <param name="limit">Crashes in a row after which it is still started again.</param>
    /// <returns>The pause before the next start: none, then 1, 2, 4 … seconds; <see langword="null"/> when there is to be no other start.</returns>
    public TimeSpan? Next(TimeSpan ranFor, int limit)
    {
        InARow = ranFor >= Stable ? 1 : InARow + 1;
        return InARow > limit ? null
            : InARow == 1 ? TimeSpan.Zero
            : TimeSpan.FromSeconds(Math.Min(Math.Pow(2, InARow - 2), LongestPause.TotalSeconds));
    }
}

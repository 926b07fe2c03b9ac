using System.Globalization;

namespace HaPgAspire.Probe.Ledgers;

/// <summary>The ids from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct IdRange(long First, long Last)
{
    /// <summary>How many ids.</summary>
    public long Count => Last - First + 1;

    /// <inheritdoc/>
    public override string ToString() =>
        First == Last
            ? First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}

namespace HaPgAspire.Hosting;

/// <summary>The least and the greatest value that an option takes, both allowed.</summary>
/// <param name="Least">The least value.</param>
/// <param name="Most">The greatest value.</param>
/// <param name="Unit">The unit for messages, for example <c>seconds</c>; empty for a plain number.</param>
public readonly record struct OptionBounds(long Least, long Most, string Unit)
{
    /// <summary>Whether a value is allowed.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True between the bounds, both included.</returns>
    public bool Contains(long value) => value >= Least && value <= Most;

    /// <inheritdoc/>
    public override string ToString() => Unit.Length == 0
        ? FormattableString.Invariant($"{Least} to {Most}")
        : FormattableString.Invariant($"{Least} to {Most} {Unit}");
}

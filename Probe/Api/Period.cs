namespace HaPgAspire.Probe.Api;

/// <summary>A stretch of time.</summary>
/// <param name="From">Its start, UTC.</param>
/// <param name="To">Its end, UTC; after <paramref name="From"/>.</param>
internal readonly record struct Period(DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;
}

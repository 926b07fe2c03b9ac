namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>Something that becomes true, within a minute.</summary>
internal static class Condition
{
    /// <summary>Waits for it, and gives whoever looks the time that is left.</summary>
    /// <exception cref="OperationCanceledException">It did not become true in time.</exception>
    public static async Task ReachedAsync(Func<CancellationToken, Task<bool>> reached, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await reached(limit.Token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
        }
    }
}

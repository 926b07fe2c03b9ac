using Npgsql;

namespace HaPgAspire.Probe.Routes;

/// <summary>
/// A pooled connection whose statements are waited for only so long. Once a statement has been abandoned the connection belongs to
/// it, and goes back to the pool when it ends.
/// </summary>
internal sealed class BorrowedConnection(NpgsqlConnection connection, Func<NpgsqlConnection, ValueTask> giveBack, TimeProvider time) : IAsyncDisposable
{
    private bool _abandoned;

    /// <summary>The connection.</summary>
    public NpgsqlConnection Connection => connection;

    /// <summary>Runs a statement.</summary>
    /// <exception cref="TimeoutException">It took too long and was abandoned.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> statement, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var running = statement(connection);
        try
        {
            return await running.WaitAsync(timeout, time, cancellationToken);
        }
        finally
        {
            if (!running.IsCompleted)
            {
                _abandoned = true;
                _ = ReturnAfterAsync(running);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _abandoned ? ValueTask.CompletedTask : giveBack(connection);

    private async Task ReturnAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await giveBack(connection);
        }
        catch (NpgsqlException)
        {
            // It broke while its transaction was rolled back; the pool has dropped it.
        }
    }
}

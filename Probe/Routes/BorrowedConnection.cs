using Npgsql;

namespace HaPgAspire.Probe.Routes;

/// <summary>
/// A connection whose statements are waited for only so long. Once a statement has been abandoned the connection belongs to
/// it, and is given back when it ends.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="giveBack">Takes it back, told whether it can be used again as it is.</param>
/// <param name="time">The time.</param>
internal sealed class BorrowedConnection(NpgsqlConnection connection, Func<bool, ValueTask> giveBack, TimeProvider time) : IAsyncDisposable
{
    private bool _abandoned;
    private bool _reusable;

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

    /// <summary>Says that nothing is left in it: no transaction and no handler, so that another may use it as it is.</summary>
    public void SetReusable() => _reusable = true;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _abandoned ? ValueTask.CompletedTask : giveBack(_reusable);

    private async Task ReturnAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await giveBack(false);
        }
        catch (NpgsqlException)
        {
            // It broke while its transaction was rolled back; the pool has dropped it.
        }
    }
}

using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>A client that has sent a statement through the front door and waits for the answer. It sends nothing more, so it has to be told when its server goes.</summary>
internal sealed class WaitingClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly NpgsqlConnection _connection;
    private readonly Task<long?> _told;

    private WaitingClient(NpgsqlConnection connection)
    {
        _connection = connection;
        _told = WaitAsync(connection, _stopping.Token);
    }

    /// <summary>Connects and sends the statement.</summary>
    public static async Task<WaitingClient> StartAsync(FaultStage stage, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(await WriterWatch.ConnectionStringAsync(stage.FrontDoor.ConnectionStringExpression, stage.Cluster, cancellationToken));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return new WaitingClient(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the wait.</summary>
    /// <returns>The time, as <see cref="TimeProvider.GetTimestamp"/> has it, at which the connection broke; null when it never did.</returns>
    public async Task<long?> ToldAsync()
    {
        await _stopping.CancelAsync();
        return await _told;
    }

    public async ValueTask DisposeAsync()
    {
        await ToldAsync();
        await _connection.DisposeAsync();
        _stopping.Dispose();
    }

    private static async Task<long?> WaitAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT pg_sleep(3600)", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (NpgsqlException)
        {
            return TimeProvider.System.GetTimestamp();
        }
    }
}

namespace HaPgAspire.Probe.Routes;

/// <summary>One reader that keeps its connection from read to read, as an application with a session would.</summary>
internal sealed class ReadSession(int number)
{
    private bool _lost;

    /// <summary>Its number.</summary>
    public int Number => number;

    /// <summary>Its connection; null before the first and after a loss.</summary>
    public BorrowedConnection? Connection { get; private set; }

    /// <summary>It had a connection and lost it.</summary>
    public bool NeedsReconnect => Connection is null && _lost;

    /// <summary>Takes a connection.</summary>
    public BorrowedConnection Use(BorrowedConnection connection)
    {
        Connection = connection;
        return connection;
    }

    /// <summary>Gives the connection back.</summary>
    public async ValueTask DropAsync()
    {
        if (Connection is { } connection)
        {
            Connection = null;
            _lost = true;
            await connection.DisposeAsync();
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>Writes a row after the other through the front door all the time, and knows which of them were acknowledged.</summary>
internal sealed class AcknowledgedWrites : IAsyncDisposable
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<int> _acknowledged = [];
    private Task _writing = Task.CompletedTask;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _longestPause;

    private AcknowledgedWrites(NpgsqlDataSource dataSource) => _dataSource = dataSource;

    public int Count
    {
        get
        {
            lock (_acknowledged)
            {
                return _acknowledged.Count;
            }
        }
    }

    public static async Task<AcknowledgedWrites> StartAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = dataSource.CreateCommand("CREATE TABLE IF NOT EXISTS acknowledged (id integer PRIMARY KEY)");
        await OpenDoor.AskAsync(() => command.ExecuteNonQueryAsync(cancellationToken), cancellationToken);
        var writes = new AcknowledgedWrites(dataSource);
        writes._writing = writes.WriteAsync(writes._stop.Token);
        return writes;
    }

    /// <summary>Waits until so many more writes were acknowledged: the front door takes writes again.</summary>
    public Task FlowAsync(int more, CancellationToken cancellationToken)
    {
        int goal = Count + more;
        return Machines.AwaitAsync(
            TimeSpan.FromMinutes(3),
            () => Task.FromResult(Count),
            count => count >= goal,
            count => $"{more} more acknowledged writes ({goal - count} are missing)",
            cancellationToken);
    }

    /// <summary>The longest time without an acknowledged write since this was last asked for.</summary>
    public TimeSpan TakeLongestPause()
    {
        lock (_acknowledged)
        {
            (TimeSpan longest, _longestPause) = (_longestPause, TimeSpan.Zero);
            return longest;
        }
    }

    /// <summary>Stops, and finds acknowledged rows that are not there.</summary>
    public async Task<IReadOnlyList<int>> LostAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _writing;
        HashSet<int> present = await OpenDoor.AskAsync(() => PresentAsync(cancellationToken), cancellationToken);
        return [.. _acknowledged.Where(id => !present.Contains(id))];
    }

    private async Task<HashSet<int>> PresentAsync(CancellationToken cancellationToken)
    {
        var present = new HashSet<int>();
        await using NpgsqlCommand command = _dataSource.CreateCommand("SELECT id FROM acknowledged");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            present.Add(reader.GetInt32(0));
        }

        return present;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _writing;
        _stop.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        for (int id = 1; !cancellationToken.IsCancellationRequested; id++)
        {
            try
            {
                await using NpgsqlCommand command = _dataSource.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO acknowledged VALUES ({id})"));
                await command.ExecuteNonQueryAsync(cancellationToken);
                lock (_acknowledged)
                {
                    _acknowledged.Add(id);
                    TimeSpan pause = Stopwatch.GetElapsedTime(_last);
                    _longestPause = pause > _longestPause ? pause : _longestPause;
                    _last = Stopwatch.GetTimestamp();
                }
            }
            catch (NpgsqlException)
            {
                // Not acknowledged: whether it is there does not matter. The pool may hold more dead connections.
                _dataSource.Clear();
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(20, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

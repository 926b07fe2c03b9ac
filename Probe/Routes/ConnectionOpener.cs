using System.Data;
using System.Threading.Channels;
using HaPgAspire.Probe.State;
using Npgsql;

namespace HaPgAspire.Probe.Routes;

/// <summary>
/// Opens connections of one data source: few at once, and none is broken off because an attempt no longer waits for it.
/// <para>
/// A connection costs the server a process and a password check: 46 ms of a processor where that was measured with `pgbench -C`, a virtual
/// machine that is slow to fork. A server that has no time for them answers later, and attempts that give up and try again with a new
/// connection keep it busy with connections that nobody uses, without end. An attempt that gives up therefore leaves its connection to be
/// made, and a later one finds it. And an attempt that waits takes a connection that another gives back before a new one: what has piled up in
/// an outage goes through the connections that are there. A server that refuses (it stops, or is not there yet) spends a process on that as well:
/// after a refusal there is a pause, so that all attempts together ask it no faster than one that asks again and again.
/// </para>
/// <para>
/// Connections that may be used again are kept here and not in Npgsql's pool, because a data source of several hosts looks at its first host before its
/// pools: what it knew of that host is too old every other second, so that each attempt waited for a host that was silent (it had no connection
/// though the pool held some) or kept one busy that was slow (22 connections a second, each broken off).
/// </para>
/// </summary>
/// <param name="source">The data source and its pool; disposed of with this.</param>
/// <param name="atOnce">Connections being made at once.</param>
/// <param name="patience">How long an attempt waits for a connection.</param>
/// <param name="clock">The time.</param>
internal sealed class ConnectionOpener(NpgsqlDataSource source, int atOnce, TimeSpan patience, ProbeClock clock) : IAsyncDisposable
{
    private static readonly TimeSpan ClearInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly Channel<Permit> _permits = Permits(atOnce);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _clearing = new();
    private DateTimeOffset _cleared = DateTimeOffset.MinValue;
    private int _generation;

    /// <summary>Takes a connection that is kept, or a new one.</summary>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    /// <exception cref="NpgsqlException">It could not be made.</exception>
    public async Task<BorrowedConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var permit = await TakeAsync(either.Token);
            if (permit.Kept is { } kept)
            {
                return Lend(kept, permit.Generation);
            }

            var generation = Volatile.Read(ref _generation);
            var started = clock.Time.GetTimestamp();
            var making = source.OpenConnectionAsync(_ending.Token).AsTask();
            try
            {
                var made = await making.WaitAsync(either.Token);
                _permits.Writer.TryWrite(permit);
                return Lend(made, generation);
            }
            catch
            {
                _ = KeepAsync(making, started, generation, permit);
                throw;
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <summary>
    /// Has no connection used again that has been made by now. Once a second at most: a server that is about to be promoted refuses writes until it
    /// is, and new connections at each attempt would keep it from it.
    /// </summary>
    public void Clear()
    {
        lock (_clearing)
        {
            if (clock.Now - _cleared < ClearInterval)
            {
                return;
            }

            _cleared = clock.Now;
        }

        End(Volatile.Read(ref _generation));
    }

    /// <summary>Ends it, once connections being made are there or have failed: Npgsql does not always break them off before their time-out.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        for (var ended = 0; ended < atOnce;)
        {
            if ((await _permits.Reader.ReadAsync()).Kept is { } kept)
            {
                await kept.DisposeAsync();
            }
            else
            {
                ended++;
            }
        }

        _permits.Writer.Complete();
        _ending.Dispose();
        await source.DisposeAsync();
    }

    private static Channel<Permit> Permits(int atOnce)
    {
        var keptFirst = Comparer<Permit>.Create((one, other) => (one.Kept is null).CompareTo(other.Kept is null));
        var permits = Channel.CreateUnboundedPrioritized<Permit>(new() { Comparer = keptFirst });
        for (var permit = 0; permit < atOnce; permit++)
        {
            permits.Writer.TryWrite(default);
        }

        return permits;
    }

    private async Task<Permit> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var permit = await _permits.Reader.ReadAsync(cancellationToken);
            if (permit.Kept is not { } kept || permit.Generation == Volatile.Read(ref _generation))
            {
                return permit;
            }

            await kept.DisposeAsync();
        }
    }

    private BorrowedConnection Lend(NpgsqlConnection connection, int generation) =>
        new(connection, reusable => ReturnAsync(connection, generation, reusable), clock.Time);

    private async Task KeepAsync(Task<NpgsqlConnection> making, long started, int generation, Permit permit)
    {
        await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (making.IsCompletedSuccessfully)
            {
                // Before another may be made, or whoever waits would have one made though this is there.
                await ReturnAsync(await making, generation, reusable: true);
            }
            else
            {
                var pause = atOnce * clock.Time.GetElapsedTime(started);
                await clock.DelayAsync(pause < LongestPause ? pause : LongestPause, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _permits.Writer.TryWrite(permit);
        }
    }

    private async ValueTask ReturnAsync(NpgsqlConnection connection, int generation, bool reusable)
    {
        if (connection.State != ConnectionState.Open)
        {
            // The others led to the same server.
            End(generation);
        }
        else if (reusable && generation == Volatile.Read(ref _generation) && _permits.Writer.TryWrite(new Permit(connection, generation)))
        {
            return;
        }

        await connection.DisposeAsync();
    }

    // The data source closes what it is given back after it has been cleared.
    private void End(int generation)
    {
        if (Interlocked.CompareExchange(ref _generation, generation + 1, generation) == generation)
        {
            source.Clear();
        }
    }

    // Either a connection to use again, unless its generation has ended, or leave to have one made.
    private readonly record struct Permit(NpgsqlConnection? Kept, int Generation);
}

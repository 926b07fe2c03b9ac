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
/// made, and a later one finds it in the pool. And an attempt that waits takes a connection that another gives back before a new one, which
/// the pool alone would make: what has piled up in an outage goes through the connections that are there.
/// </para>
/// <para>
/// Where several hosts are given, Npgsql may make a connection though the pool holds one: it asks the first host anew whenever what it knew of it is too
/// old, in every attempt until one has ended. A member with TLS that was slow had 22 such connections a second broken off, which kept it slow. So few
/// attempts at once ask the pool as well.
/// </para>
/// </summary>
/// <param name="source">The data source and its pool; disposed of with this.</param>
/// <param name="atOnce">Connections being made at once, and attempts that ask the pool at once.</param>
/// <param name="patience">How long an attempt waits for a connection.</param>
/// <param name="clock">The time.</param>
internal sealed class ConnectionOpener(NpgsqlDataSource source, int atOnce, TimeSpan patience, ProbeClock clock) : IAsyncDisposable
{
    private static readonly TimeSpan ClearInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<Permit> _permits = Permits(atOnce);
    private readonly SemaphoreSlim _asking = new(atOnce);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _clearing = new();
    private DateTimeOffset _cleared = DateTimeOffset.MinValue;
    private int _generation;

    /// <summary>Takes a connection from the pool, or a new one.</summary>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    /// <exception cref="NpgsqlException">It could not be made.</exception>
    public async Task<BorrowedConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var permit = await TakeAsync(either.Token);
            var generation = Volatile.Read(ref _generation);
            var opening = OpenAsync(permit);
            try
            {
                return new BorrowedConnection(await opening.WaitAsync(either.Token), connection => ReturnAsync(connection, generation), clock.Time);
            }
            catch
            {
                _ = ReturnAsync(opening, generation);
                throw;
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <summary>
    /// Has no connection used again that is in the pool now. Once a second at most: a server that is about to be promoted refuses writes until it
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

        Interlocked.Increment(ref _generation);
        source.Clear();
    }

    /// <summary>Ends it, once connections being made are there or have failed: Npgsql does not always break them off before their time-out.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        for (var ended = 0; ended < atOnce;)
        {
            if ((await _permits.Reader.ReadAsync()).ToMake)
            {
                ended++;
            }
        }

        for (var ended = 0; ended < atOnce; ended++)
        {
            await _asking.WaitAsync();
        }

        _asking.Dispose();
        _ending.Dispose();
        await source.DisposeAsync();
    }

    private static Channel<Permit> Permits(int atOnce)
    {
        var permits = Channel.CreateUnboundedPrioritized<Permit>(new() { Comparer = Comparer<Permit>.Create((one, other) => one.ToMake.CompareTo(other.ToMake)) });
        for (var permit = 0; permit < atOnce; permit++)
        {
            permits.Writer.TryWrite(new Permit(ToMake: true));
        }

        return permits;
    }

    private async Task<Permit> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var permit = await _permits.Reader.ReadAsync(cancellationToken);
            if (permit.ToMake || permit.Generation == Volatile.Read(ref _generation))
            {
                return permit;
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(Permit permit)
    {
        if (!permit.ToMake)
        {
            await _asking.WaitAsync(_ending.Token);
        }

        try
        {
            return await source.OpenConnectionAsync(_ending.Token);
        }
        finally
        {
            if (permit.ToMake)
            {
                _permits.Writer.TryWrite(permit);
            }
            else
            {
                _asking.Release();
            }
        }
    }

    private async Task ReturnAsync(Task<NpgsqlConnection> opening, int generation)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            await ReturnAsync(await opening, generation);
        }
    }

    private async ValueTask ReturnAsync(NpgsqlConnection connection, int generation)
    {
        var usable = connection.State == ConnectionState.Open;
        await connection.DisposeAsync();
        if (usable && generation == Volatile.Read(ref _generation))
        {
            _permits.Writer.TryWrite(new Permit(ToMake: false, generation));
        }
    }

    // Either to take one that the pool holds, unless the pool has been cleared since, or to have one made.
    private readonly record struct Permit(bool ToMake, int Generation = 0);
}

using System.Collections.Concurrent;
using System.Data;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using Npgsql;

namespace HaPgAspire.Probe.Routes;

/// <summary>
/// A route by Npgsql, with its connection pools.
/// <para>
/// A statement that takes too long is abandoned, not cancelled: a cancel request to a commit that waits for a synchronous standby
/// makes the server acknowledge what it has only written locally, and Npgsql sends the request blocking, without a time-out. The
/// abandoned connection is given back when the server answers or the connection breaks.
/// </para>
/// </summary>
internal sealed class NpgsqlRoute : IRoute
{
    // "The transaction has already committed locally, but might not have been replicated": a plain warning.
    private const string WarningState = "01000";

    private const int ConnectionsAtOnce = 4;

    // Npgsql tries one node after the other and breaks off after a second each, so that on a busy machine each of these can cost every node a connection.
    private const int DirectConnectionsAtOnce = 1;

    private readonly ConnectionOpener _writes;
    private readonly ConnectionOpener? _reads;
    private readonly Guid _ledger;
    private readonly TimeSpan _commandTimeout;
    private readonly AttemptSpans _spans;
    private readonly ConcurrentQueue<ReadSession> _sessions = new();
    private int _sessionCount;

    /// <summary>Takes over the data sources.</summary>
    public NpgsqlRoute(
        RouteKind kind,
        NpgsqlDataSource writes,
        NpgsqlDataSource? reads,
        Guid ledger,
        TimeSpan connectTimeout,
        TimeSpan commandTimeout,
        AttemptSpans spans,
        ProbeClock clock)
    {
        Kind = kind;
        var atOnce = kind == RouteKind.Direct ? DirectConnectionsAtOnce : ConnectionsAtOnce;
        _writes = new ConnectionOpener(writes, atOnce, connectTimeout, clock);
        _reads = reads is null ? null : new ConnectionOpener(reads, atOnce, connectTimeout, clock);
        _ledger = ledger;
        ConnectTimeout = connectTimeout;
        _commandTimeout = commandTimeout;
        _spans = spans;
    }

    /// <inheritdoc/>
    public RouteKind Kind { get; }

    /// <inheritdoc/>
    public TimeSpan ConnectTimeout { get; }

    /// <inheritdoc/>
    public bool CanRead => _reads is not null;

    /// <inheritdoc/>
    public async Task<WriteAttempt> WriteAsync(long id, CancellationToken cancellationToken)
    {
        using var span = _spans.Start(Kind, LoadKind.Write);
        var attempt = await TryWriteAsync(id, cancellationToken);
        return attempt with { Span = span.End(attempt.Outcome, attempt.Error, attempt.Server) };
    }

    /// <inheritdoc/>
    public async Task<ReadAttempt> ReadAsync(CancellationToken cancellationToken)
    {
        using var span = _spans.Start(Kind, LoadKind.Read);
        var attempt = await TryReadAsync(cancellationToken);
        return attempt with { Span = span.End(attempt.Outcome, attempt.Error, attempt.Server) };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_sessions.TryDequeue(out var session))
        {
            await session.DropAsync();
        }

        await _writes.DisposeAsync();
        if (_reads is not null)
        {
            await _reads.DisposeAsync();
        }
    }

    private async Task<WriteAttempt> TryWriteAsync(long id, CancellationToken cancellationToken)
    {
        var committing = false;
        try
        {
            await using var connection = await _writes.OpenAsync(cancellationToken);
            var onlyLocal = false;
            void OnNotice(object sender, NpgsqlNoticeEventArgs e) => onlyLocal |= e.Notice.SqlState == WarningState;
            connection.Connection.Notice += OnNotice;
            var row = await connection.RunAsync(open => InsertAsync(open, id), _commandTimeout, cancellationToken);
            committing = true;
            await connection.RunAsync(_ => CommitAsync(row.Transaction), _commandTimeout, cancellationToken);
            connection.Connection.Notice -= OnNotice;
            connection.SetReusable();
            return new WriteAttempt
            {
                Outcome = onlyLocal ? AttemptOutcome.Unknown : AttemptOutcome.Acknowledged,
                Error = onlyLocal ? WarningState : null,
                Server = row.Server,
                Timeline = row.Timeline,
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && AttemptErrors.IsExpected(e))
        {
            var demoted = !committing && AttemptErrors.IsReadOnly(e);
            if (demoted)
            {
                // The connection itself and the others, which are most likely to the same server.
                _writes.Clear();
            }

            return new WriteAttempt
            {
                Outcome = committing ? AttemptOutcome.Unknown : AttemptOutcome.Failed,
                Error = AttemptErrors.Name(e),
                Demoted = demoted,
            };
        }
    }

    private async Task<ReadAttempt> TryReadAsync(CancellationToken cancellationToken)
    {
        if (!_sessions.TryDequeue(out var session))
        {
            session = new ReadSession(Interlocked.Increment(ref _sessionCount));
        }

        try
        {
            var reconnected = session.NeedsReconnect;
            var connection = session.Connection ?? session.Use(await _reads!.OpenAsync(cancellationToken));
            var (highest, server) = await connection.RunAsync(SelectAsync, _commandTimeout, cancellationToken);
            return new ReadAttempt
            {
                Outcome = AttemptOutcome.Acknowledged,
                Highest = highest,
                Session = session.Number,
                Reconnected = reconnected,
                Server = server,
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && AttemptErrors.IsExpected(e))
        {
            await session.DropAsync();
            return new ReadAttempt { Outcome = AttemptOutcome.Failed, Session = session.Number, Error = AttemptErrors.Name(e) };
        }
        finally
        {
            _sessions.Enqueue(session);
        }
    }

    private async Task<WrittenRow> InsertAsync(NpgsqlConnection connection, long id)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await using var command = new NpgsqlCommand(WriteTable.Insert, connection, transaction)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = _ledger },
                new NpgsqlParameter<short> { TypedValue = (short)Kind },
                new NpgsqlParameter<long> { TypedValue = id },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow);
        await reader.ReadAsync();
        return new WrittenRow(transaction, reader.GetString(0), reader.GetInt32(1));
    }

    private static async Task<bool> CommitAsync(NpgsqlTransaction transaction)
    {
        await transaction.CommitAsync();
        return true;
    }

    private async Task<(long Highest, string Server)> SelectAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(WriteTable.Highest, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = _ledger },
                new NpgsqlParameter<short> { TypedValue = (short)RouteKind.FrontDoor },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow);
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetString(1));
    }

    private sealed record WrittenRow(NpgsqlTransaction Transaction, string Server, int Timeline);
}

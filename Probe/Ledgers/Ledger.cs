using System.Text;
using System.Text.Json;
using HaPgAspire.Probe.Model;
using Microsoft.Win32.SafeHandles;

namespace HaPgAspire.Probe.Ledgers;

/// <summary>
/// What the probe may not forget: which writes were acknowledged, failed or are unknown, and the outages. Kept in memory as ranges
/// and on disk as an append-only file that is compacted now and then.
/// <para>
/// Every record is handed to the operating system before the call returns, so the end of the process, SIGKILL included, loses
/// nothing. The end of the machine may lose what was not yet on disk; so that ids are never used twice even then, blocks of ids are
/// reserved ahead and the reservation is flushed to disk before the first id of a block is used. A record cut short at the end of
/// the file is dropped. Safe for concurrent use.
/// </para>
/// </summary>
public sealed class Ledger : IDisposable
{
    /// <summary>How many ids are reserved at a time: about twenty seconds at 200 writes per second.</summary>
    public const int ReservedBlock = 4096;

    private const string Extension = ".ledger";
    private const string LockExtension = ".lock";
    private const int OutagesKept = 10_000;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly long _compactAt;
    private readonly FileStream _owner;
    private readonly Dictionary<RouteKind, RouteBook> _books = [];
    private readonly Dictionary<RouteKind, long> _next = [];
    private readonly Dictionary<RouteKind, long> _durableTo = [];
    private readonly Dictionary<(RouteKind Route, LedgerCounter Counter), long> _uncounted = [];
    private readonly SortedList<long, Outage> _outages = [];
    private readonly MemoryStream _buffer = new();
    private readonly MemoryStream _payload = new();
    private SafeFileHandle _file;
    private long _length;
    private long _compactedLength;
    private SafeFileHandle? _successor;
    private long _successorLength;
    private Task _background = Task.CompletedTask;
    private DateTimeOffset? _alive;
    private bool _disposed;

    private Ledger(string path, long compactAt, FileStream owner, LedgerIdentity identity)
    {
        _path = path;
        _compactAt = compactAt;
        _owner = owner;
        Identity = identity;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        foreach (var route in Enum.GetValues<RouteKind>())
        {
            _books[route] = new RouteBook();
        }
    }

    /// <summary>Whose ledger it is.</summary>
    public LedgerIdentity Identity { get; private set; }

    /// <summary>The newest time that a probe had noted before this ledger was opened; null for a new one.</summary>
    public DateTimeOffset? AliveBefore { get; private set; }

    /// <summary>The outages kept, oldest first.</summary>
    public IReadOnlyList<Outage> Outages
    {
        get
        {
            lock (_gate)
            {
                return [.. _outages.Values];
            }
        }
    }

    /// <summary>Bytes of the file.</summary>
    public long Length
    {
        get
        {
            lock (_gate)
            {
                return _length;
            }
        }
    }

    /// <summary>
    /// The system identifier of the cluster that was last measured at a place, whose ledger no other probe has open; null when there is none. Other clusters'
    /// ledgers may be in the same folder, newer ones too.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="place">What <see cref="Open"/> was told.</param>
    public static string? LastUsed(string directory, string place) =>
        Directory.Exists(directory)
            ? new DirectoryInfo(directory).GetFiles($"*{LockExtension}")
                .OrderByDescending(file => file.LastWriteTimeUtc)
                .Where(file => PlaceOf(file.FullName) == place)
                .Select(file => Path.GetFileNameWithoutExtension(file.Name))
                .FirstOrDefault()
            : null;

    /// <summary>Opens a cluster's ledger, or begins one.</summary>
    /// <param name="directory">The folder; made when it is missing.</param>
    /// <param name="cluster">The cluster's system identifier, which names the file.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="compactAt">Bytes appended after which the file is compacted.</param>
    /// <param name="place">Where the cluster is, for <see cref="LastUsed"/>; no secret.</param>
    /// <exception cref="LedgerException">Another probe has it open, or the file or folder cannot be used.</exception>
    public static Ledger Open(string directory, string cluster, DateTimeOffset now, long compactAt, string place = "")
    {
        var path = Path.Combine(directory, cluster + Extension);
        FileStream? owner = null;
        try
        {
            Directory.CreateDirectory(directory);
            owner = new FileStream(Path.ChangeExtension(path, LockExtension), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            owner.SetLength(0);
            owner.Write(Encoding.UTF8.GetBytes(place));
            owner.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            owner?.Dispose();
            throw new LedgerException(
                $"The ledger '{path}' is in use by another probe or its folder cannot be written; stop the other probe or set Probe:LedgerDirectory.",
                e);
        }

        Ledger? ledger = null;
        try
        {
            ledger = new Ledger(path, compactAt, owner, new LedgerIdentity(cluster, Guid.CreateVersion7(now), now));
            ledger.Load(now);
            return ledger;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            ledger?.Dispose();
            owner.Dispose();
            throw new LedgerException($"The ledger '{path}' cannot be read; move it away to begin a new one.", e);
        }
    }

    /// <summary>Takes the next id of a route and notes that it is about to be written.</summary>
    public async ValueTask<long> IssueAsync(RouteKind route, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task reservation;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                var next = _next[route];
                if (next + (ReservedBlock / 2) >= _books[route].ReservedTo)
                {
                    Reserve(route);
                }

                if (next < _durableTo[route])
                {
                    _next[route] = next + 1;
                    Append(RecordKind.Issued, route, payload => RecordCodec.WriteVarint(payload, (ulong)next));
                    return next;
                }

                reservation = _background;
            }

            await reservation.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Notes an acknowledged write.</summary>
    public void Acknowledge(RouteKind route, long id, DateTimeOffset at) =>
        Note(RecordKind.Acknowledged, route, payload =>
        {
            RecordCodec.WriteVarint(payload, (ulong)id);
            RecordCodec.WriteTime(payload, at);
        });

    /// <summary>Notes a write that was given up and is certainly not committed.</summary>
    public void Fail(RouteKind route, long id) =>
        Note(RecordKind.Failed, route, payload => RecordCodec.WriteVarint(payload, (ulong)id));

    /// <summary>Notes a write whose outcome is unknown.</summary>
    public void Unknown(RouteKind route, long id) => NoteRanges(RecordKind.Unknown, route, [new IdRange(id, id)]);

    /// <summary>Settles unknown writes: the rows are there.</summary>
    public void Found(RouteKind route, IReadOnlyList<IdRange> ids) => NoteRanges(RecordKind.Found, route, ids);

    /// <summary>Settles unknown writes: the rows are not there and cannot come any more.</summary>
    public void Absent(RouteKind route, IReadOnlyList<IdRange> ids) => NoteRanges(RecordKind.Absent, route, ids);

    /// <summary>Notes acknowledged writes that are lost.</summary>
    public void Lost(RouteKind route, IReadOnlyList<IdRange> ids) => NoteRanges(RecordKind.Lost, route, ids);

    /// <summary>Notes writes that are there more than once.</summary>
    public void Duplicated(RouteKind route, IReadOnlyList<IdRange> ids) => NoteRanges(RecordKind.Duplicated, route, ids);

    /// <summary>Notes writes that are there though they should not be.</summary>
    public void Unexpected(RouteKind route, IReadOnlyList<IdRange> ids) => NoteRanges(RecordKind.Unexpected, route, ids);

    /// <summary>Forgets the ids below one, keeping their number. To be called before their rows are deleted.</summary>
    public void Prune(RouteKind route, long below) =>
        Note(RecordKind.Pruned, route, payload => RecordCodec.WriteVarint(payload, (ulong)below));

    /// <summary>Notes an answered read.</summary>
    public void ReadAnswered(RouteKind route, DateTimeOffset at) =>
        Note(RecordKind.ReadAnswered, route, payload => RecordCodec.WriteTime(payload, at));

    /// <summary>Notes the first failure after an acknowledgement, from which an outage may grow.</summary>
    public void Suspect(RouteKind route, LoadKind load, DateTimeOffset at) =>
        Note(RecordKind.Suspected, route, payload =>
        {
            RecordCodec.WriteVarint(payload, (ulong)load);
            RecordCodec.WriteTime(payload, at);
        });

    /// <summary>Raises a plain counter at once.</summary>
    public void Count(RouteKind route, LedgerCounter counter, long by = 1) =>
        Note(RecordKind.Counted, route, payload => WriteCount(payload, counter, by));

    /// <summary>Raises a plain counter that grows all the time: in memory, on disk with the next <see cref="Alive"/>.</summary>
    public void CountLater(RouteKind route, LedgerCounter counter, long by = 1)
    {
        lock (_gate)
        {
            _uncounted[(route, counter)] = _uncounted.GetValueOrDefault((route, counter)) + by;
        }
    }

    /// <summary>Notes that the probe runs; to be called a few times a second.</summary>
    public void Alive(DateTimeOffset at)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (var ((route, counter), by) in _uncounted)
            {
                Append(RecordKind.Counted, route, payload => WriteCount(payload, counter, by));
            }

            _uncounted.Clear();
            AppendAlive(at);
            if (_length - _compactedLength > _compactAt && _successor is null)
            {
                StartCompaction();
            }
        }
    }

    /// <summary>Notes an outage as it is now; one with the same number is replaced.</summary>
    public void Record(Outage outage)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            AppendOutage(outage);
        }
    }

    /// <summary>A number no outage has yet.</summary>
    public long NextOutage()
    {
        lock (_gate)
        {
            return _outages.Count == 0 ? 1 : _outages.Keys[^1] + 1;
        }
    }

    /// <summary>A route's book as it is now.</summary>
    public LedgerView View(RouteKind route)
    {
        lock (_gate)
        {
            return LedgerView.Of(route, _books[route], _next[route]);
        }
    }

    /// <summary>A route's last acknowledged write; null before the first.</summary>
    public DateTimeOffset? LastWrite(RouteKind route)
    {
        lock (_gate)
        {
            return _books[route].LastWrite;
        }
    }

    /// <summary>A route's counters as they are now.</summary>
    public WriteCounters Totals(RouteKind route)
    {
        lock (_gate)
        {
            var totals = _books[route].Totals();
            return totals with
            {
                Failed = totals.Failed + Uncounted(LedgerCounter.NotTried),
                Reads = totals.Reads + Uncounted(LedgerCounter.Reads),
                ReadsFailed = totals.ReadsFailed + Uncounted(LedgerCounter.ReadsFailed),
                FailedAttempts = totals.FailedAttempts + Uncounted(LedgerCounter.FailedAttempts),
            };
        }

        long Uncounted(LedgerCounter counter) => _uncounted.GetValueOrDefault((route, counter));
    }

    /// <summary>Replaces the file by a compact one with the same meaning, and waits until that is on disk.</summary>
    public async Task CompactAsync()
    {
        Task compaction;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_successor is null)
            {
                StartCompaction();
            }

            compaction = _background;
        }

        await compaction;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _successor?.Dispose();
            _file.Dispose();
            _owner.Dispose();
        }
    }

    // Null for one that a probe has open.
    private static string? PlaceOf(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void WriteCount(Stream payload, LedgerCounter counter, long by)
    {
        RecordCodec.WriteVarint(payload, (ulong)counter);
        RecordCodec.WriteVarint(payload, (ulong)by);
    }

    private void Load(DateTimeOffset now)
    {
        var bytes = File.ReadAllBytes(_path);
        var offset = 0;
        while (RecordCodec.TryRead(bytes, ref offset, out var kind, out var payload))
        {
            Apply(kind, payload);
        }

        if (offset == 0 && bytes.Length > 0)
        {
            throw new InvalidDataException("The file does not begin with a record.");
        }

        File.Delete(SuccessorPath);
        RandomAccess.SetLength(_file, offset);
        _length = offset;
        if (offset == 0)
        {
            AppendIdentity();
        }

        foreach (var (route, book) in _books)
        {
            // What had no outcome when the last probe ended has an unknown one.
            var open = book.Open();
            if (open.Count > 0)
            {
                Append(RecordKind.Unknown, route, payload => RecordCodec.WriteRanges(payload, open.Ranges));
            }

            // Ids that were reserved may have been used just before the machine went down.
            _next[route] = book.ReservedTo;
            Append(RecordKind.Reserved, route, payload => RecordCodec.WriteVarint(payload, (ulong)(book.ReservedTo + ReservedBlock)));
            _durableTo[route] = book.ReservedTo;
        }

        AliveBefore = _books.Values.SelectMany(book => book.Times()).Append(_alive).Max();
        AppendAlive(now);
        RandomAccess.FlushToDisk(_file);
    }

    private string SuccessorPath => _path + ".new";

    private void Apply(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var offset = 0;
        switch (kind)
        {
            case RecordKind.Identity:
                Identity = JsonSerializer.Deserialize(payload, LedgerJson.Default.LedgerIdentity)
                    ?? throw new InvalidDataException("The ledger names nobody.");
                break;
            case RecordKind.Alive:
                _alive = RecordCodec.ReadTime(payload, ref offset);
                break;
            case RecordKind.Outage:
                Keep(JsonSerializer.Deserialize(payload, LedgerJson.Default.Outage)
                    ?? throw new InvalidDataException("The ledger holds an empty outage."));
                break;
            default:
                _books[(RouteKind)payload[0]].Apply(kind, payload[1..]);
                break;
        }
    }

    private void Note(RecordKind kind, RouteKind route, Action<Stream> write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Append(kind, route, write);
        }
    }

    private void NoteRanges(RecordKind kind, RouteKind route, IReadOnlyList<IdRange> ids)
    {
        if (ids.Count > 0)
        {
            Note(kind, route, payload => RecordCodec.WriteRanges(payload, ids));
        }
    }

    private void Append(RecordKind kind, RouteKind? route, Action<Stream> write)
    {
        _payload.SetLength(0);
        if (route is { } known)
        {
            _payload.WriteByte((byte)known);
        }

        write(_payload);
        var payload = _payload.GetBuffer().AsSpan(0, (int)_payload.Length);
        _buffer.SetLength(0);
        RecordCodec.Append(_buffer, kind, payload);
        var record = _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length);
        RandomAccess.Write(_file, record, _length);
        _length += record.Length;
        if (_successor is not null)
        {
            RandomAccess.Write(_successor, record, _successorLength);
            _successorLength += record.Length;
        }

        Apply(kind, payload);
    }

    private void AppendAlive(DateTimeOffset at) =>
        Append(RecordKind.Alive, null, payload => RecordCodec.WriteTime(payload, at));

    private void AppendIdentity() =>
        Append(RecordKind.Identity, null, payload => JsonSerializer.Serialize(payload, Identity, LedgerJson.Default.LedgerIdentity));

    private void AppendOutage(Outage outage) =>
        Append(RecordKind.Outage, null, payload => JsonSerializer.Serialize(payload, outage, LedgerJson.Default.Outage));

    private void Keep(Outage outage)
    {
        _outages[outage.Id] = outage;
        while (_outages.Count > OutagesKept)
        {
            _outages.RemoveAt(0);
        }
    }

    private void Reserve(RouteKind route)
    {
        var to = _books[route].ReservedTo + ReservedBlock;
        Append(RecordKind.Reserved, route, payload => RecordCodec.WriteVarint(payload, (ulong)to));
        _background = FlushAfterAsync(_background, route, to);
    }

    private async Task FlushAfterAsync(Task before, RouteKind route, long to)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        SafeFileHandle file;
        SafeFileHandle? successor;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            (file, successor) = (_file, _successor);
        }

        await Task.Run(() =>
        {
            RandomAccess.FlushToDisk(file);
            if (successor is not null)
            {
                RandomAccess.FlushToDisk(successor);
            }
        });
        lock (_gate)
        {
            _durableTo[route] = Math.Max(_durableTo[route], to);
        }
    }

    private void StartCompaction()
    {
        var file = File.OpenHandle(SuccessorPath, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var old = (_file, _length);
            (_file, _length) = (file, 0);
            try
            {
                AppendIdentity();
                foreach (var (route, book) in _books)
                {
                    WriteBook(route, book);
                }

                if (_alive is { } alive)
                {
                    _payload.SetLength(0);
                    RecordCodec.WriteTime(_payload, alive);
                    WriteRaw(RecordKind.Alive);
                }

                foreach (var outage in _outages.Values)
                {
                    _payload.SetLength(0);
                    JsonSerializer.Serialize(_payload, outage, LedgerJson.Default.Outage);
                    WriteRaw(RecordKind.Outage);
                }
            }
            finally
            {
                (_successor, _successorLength) = (_file, _length);
                (_file, _length) = old;
            }
        }
        catch
        {
            _successor = null;
            file.Dispose();
            throw;
        }

        _background = FinishCompactionAsync(_background, file);
    }

    private void WriteBook(RouteKind route, RouteBook book)
    {
        _payload.SetLength(0);
        _payload.WriteByte((byte)route);
        book.Write(_payload);
        WriteRaw(RecordKind.Book);
    }

    // Appends what is in the payload buffer to the current file, without changing what is in memory.
    private void WriteRaw(RecordKind kind)
    {
        _buffer.SetLength(0);
        RecordCodec.Append(_buffer, kind, _payload.GetBuffer().AsSpan(0, (int)_payload.Length));
        RandomAccess.Write(_file, _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length), _length);
        _length += _buffer.Length;
    }

    private async Task FinishCompactionAsync(Task before, SafeFileHandle successor)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await Task.Run(() => RandomAccess.FlushToDisk(successor));
        }
        catch (IOException)
        {
            lock (_gate)
            {
                _successor = null;
            }

            successor.Dispose();
            throw;
        }

        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            // Until here every record went to both files, so it does not matter when the process ends.
            File.Move(SuccessorPath, _path, overwrite: true);
            _file.Dispose();
            (_file, _length) = (successor, _successorLength);
            _compactedLength = _length;
            (_successor, _successorLength) = (null, 0);
        }
    }
}

using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Ledgers;

/// <summary>
/// One route's writes in memory: which ids were used and what became of each. Changes only by <see cref="Apply"/>, so that reading
/// the file again gives the same book. Not safe for concurrent use.
/// </summary>
internal sealed class RouteBook
{
    private const int Counters = 16;

    private readonly long[] _counts = new long[Counters];

    /// <summary>Ids below this one may have been used.</summary>
    public long ReservedTo { get; private set; } = 1;

    /// <summary>Ids below this one are settled, their rows deleted, and only their number is kept.</summary>
    public long PrunedBelow { get; private set; } = 1;

    /// <summary>The last acknowledged write.</summary>
    public DateTimeOffset? LastWrite { get; private set; }

    /// <summary>The last answered read.</summary>
    public DateTimeOffset? LastRead { get; private set; }

    /// <summary>The first failed write attempt since the last acknowledged one.</summary>
    public DateTimeOffset? WriteSuspectedAt { get; private set; }

    /// <summary>The first failed read attempt since the last answered one.</summary>
    public DateTimeOffset? ReadSuspectedAt { get; private set; }

    public IdSet Issued { get; } = new();

    public IdSet Acknowledged { get; } = new();

    public IdSet Failed { get; } = new();

    public IdSet Unknown { get; } = new();

    public IdSet Found { get; } = new();

    public IdSet Absent { get; } = new();

    public IdSet Lost { get; } = new();

    public IdSet Duplicated { get; } = new();

    public IdSet Unexpected { get; } = new();

    public long this[LedgerCounter counter] => _counts[(int)counter];

    /// <summary>Writes that were issued and have no outcome.</summary>
    public IdSet Open() => Issued.Except(Acknowledged).Except(Failed).Except(Unknown).Except(Found).Except(Absent);

    /// <summary>Every time the book holds.</summary>
    public IEnumerable<DateTimeOffset?> Times() => [LastWrite, LastRead, WriteSuspectedAt, ReadSuspectedAt];

    public WriteCounters Totals() => new(
        Acknowledged: Acknowledged.Count + this[LedgerCounter.PrunedAcknowledged],
        Failed: Failed.Count + this[LedgerCounter.PrunedFailed] + this[LedgerCounter.NotTried],
        Unknown: Unknown.Count,
        UnknownFound: Found.Count + this[LedgerCounter.PrunedFound],
        UnknownAbsent: Absent.Count + this[LedgerCounter.PrunedAbsent],
        Lost: Lost.Count + this[LedgerCounter.PrunedLost],
        Duplicated: Duplicated.Count + this[LedgerCounter.PrunedDuplicated],
        Unexpected: Unexpected.Count + this[LedgerCounter.PrunedUnexpected],
        StaleLeader: this[LedgerCounter.StaleLeader],
        DemotedConnections: this[LedgerCounter.DemotedConnections],
        Reads: this[LedgerCounter.Reads],
        ReadsFailed: this[LedgerCounter.ReadsFailed],
        BackwardsReads: this[LedgerCounter.BackwardsReads],
        BackwardsReconnects: this[LedgerCounter.BackwardsReconnects],
        FailedAttempts: this[LedgerCounter.FailedAttempts]);

    /// <summary>Takes one record. The payload begins after the route byte.</summary>
    public void Apply(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var offset = 0;
        switch (kind)
        {
            case RecordKind.Reserved:
                ReservedTo = Math.Max(ReservedTo, (long)RecordCodec.ReadVarint(payload, ref offset));
                break;
            case RecordKind.Issued:
                Issued.Add((long)RecordCodec.ReadVarint(payload, ref offset));
                break;
            case RecordKind.Acknowledged:
                Acknowledged.Add((long)RecordCodec.ReadVarint(payload, ref offset));
                LastWrite = RecordCodec.ReadTime(payload, ref offset);
                WriteSuspectedAt = null;
                break;
            case RecordKind.Failed:
                Failed.Add((long)RecordCodec.ReadVarint(payload, ref offset));
                break;
            case RecordKind.Unknown:
                AddRanges(Unknown, payload);
                break;
            case RecordKind.Found:
                Settle(Found, payload);
                break;
            case RecordKind.Absent:
                Settle(Absent, payload);
                break;
            case RecordKind.Lost:
                AddRanges(Lost, payload);
                break;
            case RecordKind.Duplicated:
                AddRanges(Duplicated, payload);
                break;
            case RecordKind.Unexpected:
                AddRanges(Unexpected, payload);
                break;
            case RecordKind.Pruned:
                Prune((long)RecordCodec.ReadVarint(payload, ref offset));
                break;
            case RecordKind.Counted:
                var counter = RecordCodec.ReadVarint(payload, ref offset);
                _counts[counter] += (long)RecordCodec.ReadVarint(payload, ref offset);
                break;
            case RecordKind.ReadAnswered:
                LastRead = RecordCodec.ReadTime(payload, ref offset);
                ReadSuspectedAt = null;
                break;
            case RecordKind.Suspected:
                var load = (LoadKind)RecordCodec.ReadVarint(payload, ref offset);
                var at = RecordCodec.ReadTime(payload, ref offset);
                if (load == LoadKind.Write)
                {
                    WriteSuspectedAt = at;
                }
                else
                {
                    ReadSuspectedAt = at;
                }

                break;
            case RecordKind.Book:
                Read(payload);
                break;
            default:
                throw new InvalidDataException($"The ledger holds a record of kind {(int)kind}, which this version does not know.");
        }
    }

    /// <summary>Writes the whole book as the payload of one record, after the route byte.</summary>
    public void Write(Stream target)
    {
        RecordCodec.WriteVarint(target, (ulong)ReservedTo);
        RecordCodec.WriteVarint(target, (ulong)PrunedBelow);
        foreach (var time in Times())
        {
            RecordCodec.WriteTime(target, time ?? DateTimeOffset.UnixEpoch);
        }

        foreach (var count in _counts)
        {
            RecordCodec.WriteVarint(target, (ulong)count);
        }

        foreach (var set in Sets())
        {
            RecordCodec.WriteRanges(target, set.Ranges);
        }
    }

    private void Read(ReadOnlySpan<byte> payload)
    {
        var offset = 0;
        ReservedTo = (long)RecordCodec.ReadVarint(payload, ref offset);
        PrunedBelow = (long)RecordCodec.ReadVarint(payload, ref offset);
        LastWrite = ReadOptionalTime(payload, ref offset);
        LastRead = ReadOptionalTime(payload, ref offset);
        WriteSuspectedAt = ReadOptionalTime(payload, ref offset);
        ReadSuspectedAt = ReadOptionalTime(payload, ref offset);
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] = (long)RecordCodec.ReadVarint(payload, ref offset);
        }

        foreach (var set in Sets())
        {
            foreach (var range in RecordCodec.ReadRanges(payload, ref offset))
            {
                set.Add(range);
            }
        }
    }

    // The order is part of the file format.
    private IdSet[] Sets() => [Issued, Acknowledged, Failed, Unknown, Found, Absent, Lost, Duplicated, Unexpected];

    private static DateTimeOffset? ReadOptionalTime(ReadOnlySpan<byte> payload, ref int offset)
    {
        var time = RecordCodec.ReadTime(payload, ref offset);
        return time == DateTimeOffset.UnixEpoch ? null : time;
    }

    private static void AddRanges(IdSet set, ReadOnlySpan<byte> payload)
    {
        var offset = 0;
        foreach (var range in RecordCodec.ReadRanges(payload, ref offset))
        {
            set.Add(range);
        }
    }

    private void Settle(IdSet outcome, ReadOnlySpan<byte> payload)
    {
        var offset = 0;
        foreach (var range in RecordCodec.ReadRanges(payload, ref offset))
        {
            Unknown.Remove(range);
            Absent.Remove(range);
            outcome.Add(range);
        }
    }

    private void Prune(long below)
    {
        var range = new IdRange(0, below - 1);
        Issued.Remove(range);
        _counts[(int)LedgerCounter.PrunedAcknowledged] += Acknowledged.Remove(range);
        _counts[(int)LedgerCounter.PrunedFailed] += Failed.Remove(range);
        _counts[(int)LedgerCounter.PrunedFound] += Found.Remove(range);
        _counts[(int)LedgerCounter.PrunedAbsent] += Absent.Remove(range);
        _counts[(int)LedgerCounter.PrunedLost] += Lost.Remove(range);
        _counts[(int)LedgerCounter.PrunedDuplicated] += Duplicated.Remove(range);
        _counts[(int)LedgerCounter.PrunedUnexpected] += Unexpected.Remove(range);
        PrunedBelow = Math.Max(PrunedBelow, below);
    }
}

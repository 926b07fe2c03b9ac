namespace HaPgAspire.Probe.Ledgers;

/// <summary>
/// A set of ids kept as sorted ranges: a run without holes costs the same however long it is. Ids arrive nearly in order, so adding
/// at the end is the fast path. Not safe for concurrent use.
/// </summary>
public sealed class IdSet
{
    private readonly List<IdRange> _ranges = [];

    /// <summary>An empty set.</summary>
    public IdSet()
    {
    }

    /// <summary>A set of the given ranges, in any order.</summary>
    public IdSet(IEnumerable<IdRange> ranges)
    {
        foreach (var range in ranges)
        {
            Add(range);
        }
    }

    /// <summary>How many ids.</summary>
    public long Count { get; private set; }

    /// <summary>The ranges, ascending, none touching another.</summary>
    public IReadOnlyList<IdRange> Ranges => _ranges;

    /// <summary>Adds one id; false when it was there.</summary>
    public bool Add(long id) => Add(new IdRange(id, id)) == 1;

    /// <summary>Adds a range; returns how many of its ids are new.</summary>
    public long Add(IdRange range)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(range.Last, range.First);

        // The ranges that overlap the new one or touch it become one with it.
        var from = FirstEndingAtOrAfter(range.First == long.MinValue ? range.First : range.First - 1);
        var merged = range;
        var before = 0L;
        var to = from;
        while (to < _ranges.Count && _ranges[to].First <= (range.Last == long.MaxValue ? range.Last : range.Last + 1))
        {
            merged = new IdRange(Math.Min(merged.First, _ranges[to].First), Math.Max(merged.Last, _ranges[to].Last));
            before += _ranges[to].Count;
            to++;
        }

        if (to == from)
        {
            _ranges.Insert(from, range);
        }
        else
        {
            _ranges[from] = merged;
            _ranges.RemoveRange(from + 1, to - from - 1);
        }

        var added = merged.Count - before;
        Count += added;
        return added;
    }

    /// <summary>Whether an id is in the set.</summary>
    public bool Contains(long id)
    {
        var at = FirstEndingAtOrAfter(id);
        return at < _ranges.Count && _ranges[at].First <= id;
    }

    /// <summary>Takes a range out; returns how many ids were taken.</summary>
    public long Remove(IdRange range)
    {
        var removed = 0L;
        var at = FirstEndingAtOrAfter(range.First);
        while (at < _ranges.Count && _ranges[at].First <= range.Last)
        {
            var current = _ranges[at];
            removed += Math.Min(current.Last, range.Last) - Math.Max(current.First, range.First) + 1;
            _ranges.RemoveAt(at);
            if (current.First < range.First)
            {
                _ranges.Insert(at++, current with { Last = range.First - 1 });
            }

            if (current.Last > range.Last)
            {
                _ranges.Insert(at++, current with { First = range.Last + 1 });
            }
        }

        Count -= removed;
        return removed;
    }

    /// <summary>The ids of this set that are not in another.</summary>
    public IdSet Except(IdSet other)
    {
        var result = new IdSet();
        var theirs = 0;
        foreach (var range in _ranges)
        {
            var first = range.First;
            while (theirs < other._ranges.Count && other._ranges[theirs].Last < first)
            {
                theirs++;
            }

            var at = theirs;
            while (first <= range.Last)
            {
                if (at == other._ranges.Count || other._ranges[at].First > range.Last)
                {
                    result.Add(new IdRange(first, range.Last));
                    break;
                }

                if (other._ranges[at].First > first)
                {
                    result.Add(new IdRange(first, other._ranges[at].First - 1));
                }

                first = Math.Max(first, other._ranges[at].Last + 1);
                at++;
            }
        }

        return result;
    }

    /// <summary>The ids that are in both sets.</summary>
    public IdSet Intersect(IdSet other) => Except(Except(other));

    /// <summary>A copy.</summary>
    public IdSet Copy() => new(_ranges);

    private int FirstEndingAtOrAfter(long id)
    {
        if (_ranges.Count == 0 || _ranges[^1].Last < id)
        {
            return _ranges.Count;
        }

        var low = 0;
        var high = _ranges.Count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].Last < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

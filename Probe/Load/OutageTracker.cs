namespace HaPgAspire.Probe.Load;

/// <summary>
/// Finds outages in the stream of attempts on one route and kind. A plain state machine: the caller tells it what happened and when.
/// Not safe for concurrent use.
/// </summary>
/// <param name="threshold">The shortest gap with a failed attempt in it that is an outage.</param>
/// <param name="stallThreshold">The shortest gap that is one though nothing failed.</param>
/// <param name="lastAcknowledged">The last acknowledgement before the probe started; null when there was none.</param>
/// <param name="suspectedAt">The first failed attempt after that; null when there was none.</param>
/// <param name="blind">How much of the time since then no probe was running.</param>
/// <param name="open">An outage is open since that acknowledgement.</param>
internal sealed class OutageTracker(
    TimeSpan threshold,
    TimeSpan stallThreshold,
    DateTimeOffset? lastAcknowledged = null,
    DateTimeOffset? suspectedAt = null,
    TimeSpan blind = default,
    bool open = false)
{
    // More would only be kept by attempts that last longer than all of them together.
    private const int SilencesKept = 16;

    private readonly Queue<Gap> _silences = new();

    // What failed on both sides of an unwatched time went on through it; otherwise that time counts neither way.
    private bool _failedBeforeBlind = suspectedAt is not null;
    private bool _failedSinceBlind;

    /// <summary>The last acknowledgement.</summary>
    public DateTimeOffset? LastAcknowledged { get; private set; } = lastAcknowledged;

    /// <summary>The first failure since then; null while nothing has failed.</summary>
    public DateTimeOffset? SuspectedAt { get; private set; } = suspectedAt;

    /// <summary>How much of the time since <see cref="LastAcknowledged"/> no probe was running.</summary>
    public TimeSpan Blind { get; private set; } = blind;

    /// <summary>An outage is open.</summary>
    public bool IsOpen { get; private set; } = open;

    /// <summary>Attempts failed since the last acknowledgement, in this process.</summary>
    public long Failed { get; private set; }

    /// <summary>Attempts with unknown outcome since the last acknowledgement, in this process.</summary>
    public long Unknown { get; private set; }

    /// <summary>The first error since the last acknowledgement.</summary>
    public string? FirstError { get; private set; }

    /// <summary>Takes an acknowledgement; returns the gap it ends when that is an outage.</summary>
    public Gap? Acknowledged(DateTimeOffset at)
    {
        Gap? ended = null;
        if (LastAcknowledged is { } last)
        {
            var gap = new Gap(last, at, Blind, Failed, Unknown, FirstError);
            if (IsOpen || IsOutage(at))
            {
                ended = gap;
            }
            else if (at - last - Blind >= threshold)
            {
                _silences.Enqueue(gap);
                while (_silences.Count > SilencesKept)
                {
                    _silences.Dequeue();
                }
            }
        }

        if (LastAcknowledged is null || at > LastAcknowledged)
        {
            LastAcknowledged = at;
        }

        SuspectedAt = null;
        Blind = TimeSpan.Zero;
        (_failedBeforeBlind, _failedSinceBlind) = (false, false);
        IsOpen = false;
        Failed = 0;
        Unknown = 0;
        FirstError = null;
        return ended;
    }

    /// <summary>
    /// Takes a failed attempt. One that began before the last acknowledgement says nothing about the time after it; but when it
    /// began in a silence that nothing explained so far, that was an outage.
    /// </summary>
    public Verdict FailedAttempt(DateTimeOffset begun, DateTimeOffset at, string? error, bool unknown)
    {
        if (begun < LastAcknowledged)
        {
            return new Verdict(false, Explained(begun, error, unknown));
        }

        if (unknown)
        {
            Unknown++;
        }
        else
        {
            Failed++;
        }

        FirstError ??= error;
        _failedSinceBlind = true;
        var first = SuspectedAt is null;
        SuspectedAt ??= at;
        return new Verdict(first, null);
    }

    /// <summary>Takes a time in which the probe itself stood still.</summary>
    public void NotWatched(TimeSpan duration)
    {
        Blind += duration;
        _failedBeforeBlind = SuspectedAt is not null;
        _failedSinceBlind = false;
    }

    /// <summary>Lets time pass; returns the gap that has just become an open outage.</summary>
    public Gap? Passed(DateTimeOffset now)
    {
        if (IsOpen || LastAcknowledged is not { } last || !IsOutage(now))
        {
            return null;
        }

        IsOpen = true;
        return new Gap(last, null, Blind, Failed, Unknown, FirstError);
    }

    private Gap? Explained(DateTimeOffset begun, string? error, bool unknown)
    {
        if (_silences.FirstOrDefault(gap => begun >= gap.Start && begun < gap.End) is not { } silence)
        {
            return null;
        }

        var others = _silences.Where(gap => gap != silence).ToList();
        _silences.Clear();
        others.ForEach(_silences.Enqueue);
        return silence with { Failed = unknown ? 0 : 1, Unknown = unknown ? 1 : 0, FirstError = error };
    }

    private bool IsOutage(DateTimeOffset now)
    {
        var seen = now - LastAcknowledged - (_failedBeforeBlind && _failedSinceBlind ? TimeSpan.Zero : Blind);
        return seen >= (SuspectedAt is null ? stallThreshold : threshold);
    }
}

/// <summary>A time without acknowledgements.</summary>
/// <param name="Start">The last acknowledgement before.</param>
/// <param name="End">The first one after; null while it lasts.</param>
/// <param name="Blind">How much of it no probe was running.</param>
/// <param name="Failed">Attempts failed in it.</param>
/// <param name="Unknown">Attempts in it whose outcome is unknown.</param>
/// <param name="FirstError">The first error in it; null for a mere stall.</param>
internal sealed record Gap(DateTimeOffset Start, DateTimeOffset? End, TimeSpan Blind, long Failed, long Unknown, string? FirstError);

/// <summary>What a failed attempt says.</summary>
/// <param name="IsFirst">It is the first since the last acknowledgement.</param>
/// <param name="Found">An outage that was over before, which only this attempt makes one.</param>
internal readonly record struct Verdict(bool IsFirst, Gap? Found);

namespace HaPgAspire.Hosting;

/// <summary>
/// Decides from the members' answers whether one has been silent for so long, while others were not, that it is to be suspected. It only suspects; what
/// makes acting on it safe is in <see cref="LeaderFence"/>.
/// </summary>
/// <param name="limit">The silence that makes a member suspect, from its last answer on.</param>
/// <param name="time">The clock.</param>
internal sealed class MemberSilence(TimeSpan limit, TimeProvider time)
{
    /// <summary>Questions in a row that a suspect has left without an answer, and that a witness has answered.</summary>
    internal const int Rounds = 3;

    /// <summary>A longer pause between two rounds is the watcher's own: what happened in it is not known, so that every silence begins anew.</summary>
    internal static readonly TimeSpan Blind = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Record> _records = [];
    private long? _lastRound;

    /// <summary>Takes in one round of questions.</summary>
    /// <param name="answers">For each member whether it answered in time; any answer counts, a refused connection does not.</param>
    public void Observe(IReadOnlyDictionary<string, bool> answers)
    {
        long now = time.GetTimestamp();
        bool blind = _lastRound is { } last && time.GetElapsedTime(last, now) > Blind;
        _lastRound = now;
        foreach ((string member, bool answered) in answers)
        {
            Record? before = _records.GetValueOrDefault(member);
            if (answered)
            {
                _records[member] = new Record(now, blind ? 1 : (before?.Answers ?? 0) + 1, 0);
            }
            else if (before is not null)
            {
                _records[member] = blind ? new Record(now, 0, 1) : before with { Answers = 0, Silences = before.Silences + 1 };
            }
        }
    }

    /// <summary>
    /// Whether a member that did answer once has been silent for the limit and for three questions, while at least half of the others, and at least one,
    /// answered their last three.
    /// </summary>
    public bool IsSuspect(string member)
    {
        if (!_records.TryGetValue(member, out Record? record) || record.Silences < Rounds || time.GetElapsedTime(record.LastAnswer) < limit)
        {
            return false;
        }

        int others = _records.Count - 1;
        int witnesses = _records.Count(other => other.Key != member && other.Value.Answers >= Rounds);
        return witnesses > 0 && 2 * witnesses >= others;
    }

    /// <summary>Lets a member's silence begin anew: it was seen to be alive though it did not answer.</summary>
    public void Excuse(string member)
    {
        if (_records.TryGetValue(member, out Record? record))
        {
            _records[member] = record with { LastAnswer = time.GetTimestamp(), Silences = 0 };
        }
    }

    /// <summary>Forgets a member: it has to answer before it can be suspected again.</summary>
    public void Forget(string member) => _records.Remove(member);

    /// <param name="LastAnswer">When it last answered, or when its silence began anew.</param>
    /// <param name="Answers">Answers in a row.</param>
    /// <param name="Silences">Questions in a row without an answer.</param>
    private sealed record Record(long LastAnswer, int Answers, int Silences);
}

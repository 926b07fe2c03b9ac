namespace HaPgAspire.Probe.Model;

/// <summary>The probe's state for whoever shows it. Safe for any number of concurrent callers.</summary>
public interface IProbeState
{
    /// <summary>The state as of now; cheap.</summary>
    ProbeStatus Current { get; }

    /// <summary>
    /// The seconds kept in memory (the last hour) that start in [<paramref name="from"/>, <paramref name="to"/>), oldest first.
    /// </summary>
    IReadOnlyList<LatencySample> Samples(DateTimeOffset from, DateTimeOffset to);

    /// <summary>Every outage in the ledger that overlaps [<paramref name="from"/>, <paramref name="to"/>), oldest first.</summary>
    IReadOnlyList<Outage> Outages(DateTimeOffset from, DateTimeOffset to);

    /// <summary>
    /// What changes from now on. Each caller has its own bounded queue: one that reads too slowly loses the oldest changes,
    /// which it sees from a gap in <see cref="ProbeChange.Sequence"/>; <see cref="Current"/> is always whole.
    /// </summary>
    IAsyncEnumerable<ProbeChange> ChangesAsync(CancellationToken cancellationToken);
}

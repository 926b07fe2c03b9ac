namespace HaPgAspire.Probe.Model;

/// <summary>What became of the writes and reads of one route since the ledger began.</summary>
/// <param name="Acknowledged">Writes whose COMMIT was acknowledged.</param>
/// <param name="Failed">Writes given up, certainly not committed.</param>
/// <param name="Unknown">Writes whose connection was lost during COMMIT (or whose outcome the probe's own end hid) and which are not settled yet.</param>
/// <param name="UnknownFound">Such writes settled later: the row is there.</param>
/// <param name="UnknownAbsent">Such writes settled later: the row is not there and cannot come any more.</param>
/// <param name="Lost">Acknowledged writes that the leader's database did not hold when it was compared.</param>
/// <param name="Duplicated">Writes that the leader's database holds more than once.</param>
/// <param name="Unexpected">Writes the probe counted as failed or absent that the database holds all the same.</param>
/// <param name="StaleLeader">Writes acknowledged by a server whose timeline had already been left behind.</param>
/// <param name="DemotedConnections">Pooled connections discarded because their server had become read-only (SQLSTATE 25006).</param>
/// <param name="Reads">Reads that were answered.</param>
/// <param name="ReadsFailed">Reads given up.</param>
/// <param name="BackwardsReads">Reads that returned an older state than the read before on the same connection.</param>
/// <param name="BackwardsReconnects">Reads that did so right after their session had lost its connection: the next replica was further behind.</param>
/// <param name="FailedAttempts">Single write attempts that failed; a write may be tried several times.</param>
public sealed record WriteCounters(
    long Acknowledged,
    long Failed,
    long Unknown,
    long UnknownFound,
    long UnknownAbsent,
    long Lost,
    long Duplicated,
    long Unexpected,
    long StaleLeader,
    long DemotedConnections,
    long Reads,
    long ReadsFailed,
    long BackwardsReads,
    long BackwardsReconnects,
    long FailedAttempts)
{
    /// <summary>All zero.</summary>
    public static WriteCounters Zero { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

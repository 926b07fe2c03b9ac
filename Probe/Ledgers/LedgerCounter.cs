namespace HaPgAspire.Probe.Ledgers;

/// <summary>The plain counters of a route. The numbers are part of the file format.</summary>
public enum LedgerCounter
{
    /// <summary>Acknowledged writes below the pruned id.</summary>
    PrunedAcknowledged = 0,

    /// <summary>Failed writes below the pruned id.</summary>
    PrunedFailed = 1,

    /// <summary>Unknown writes that were found, below the pruned id.</summary>
    PrunedFound = 2,

    /// <summary>Unknown writes that were not found, below the pruned id.</summary>
    PrunedAbsent = 3,

    /// <summary>Lost writes below the pruned id.</summary>
    PrunedLost = 4,

    /// <summary>Duplicated writes below the pruned id.</summary>
    PrunedDuplicated = 5,

    /// <summary>Unexpected writes below the pruned id.</summary>
    PrunedUnexpected = 6,

    /// <summary>Writes given up before the first attempt, because too many waited; they never got an id.</summary>
    NotTried = 7,

    /// <summary>Writes acknowledged on a timeline that had been left behind.</summary>
    StaleLeader = 8,

    /// <summary>Connections discarded after SQLSTATE 25006.</summary>
    DemotedConnections = 9,

    /// <summary>Reads answered.</summary>
    Reads = 10,

    /// <summary>Reads given up.</summary>
    ReadsFailed = 11,

    /// <summary>Reads that went back in time on one connection.</summary>
    BackwardsReads = 12,

    /// <summary>Single write attempts that failed.</summary>
    FailedAttempts = 13,

    /// <summary>Reads that went back in time because their session had been connected to another server.</summary>
    BackwardsReconnects = 14,
}

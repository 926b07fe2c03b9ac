namespace HaPgAspire.Probe.Ledgers;

/// <summary>What a record of the ledger file says. The numbers are the file format: they never change their meaning.</summary>
internal enum RecordKind : byte
{
    /// <summary>Whose ledger it is; the first record of a file.</summary>
    Identity = 1,

    /// <summary>A route's whole book, written when the file is compacted.</summary>
    Book = 2,

    /// <summary>Ids below the given one may have been used.</summary>
    Reserved = 3,

    /// <summary>A write is about to be tried.</summary>
    Issued = 4,

    /// <summary>It was acknowledged, with the time.</summary>
    Acknowledged = 5,

    /// <summary>It was given up, certainly not committed.</summary>
    Failed = 6,

    /// <summary>Its outcome is unknown.</summary>
    Unknown = 7,

    /// <summary>Unknown writes whose rows are there.</summary>
    Found = 8,

    /// <summary>Unknown writes whose rows are not there and cannot come.</summary>
    Absent = 9,

    /// <summary>Acknowledged writes whose rows are not there.</summary>
    Lost = 10,

    /// <summary>Writes whose rows are there more than once.</summary>
    Duplicated = 11,

    /// <summary>Writes whose rows are there though they should not be.</summary>
    Unexpected = 12,

    /// <summary>Rows below the given id are deleted from the database, the ids from the book.</summary>
    Pruned = 13,

    /// <summary>One of the plain counters grew.</summary>
    Counted = 14,

    /// <summary>An outage as it is now.</summary>
    Outage = 15,

    /// <summary>A read was answered, with the time.</summary>
    ReadAnswered = 16,

    /// <summary>An attempt failed right after an acknowledgement, with the time.</summary>
    Suspected = 17,

    /// <summary>The probe was running, with the time.</summary>
    Alive = 18,
}

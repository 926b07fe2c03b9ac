using System.Globalization;
using System.Text.Json;

namespace HaPgAspire.Probe.Cluster;

/// <summary>A member's own account, from `GET /patroni`.</summary>
internal sealed record MemberReport
{
    /// <summary>Patroni's word for the server's state.</summary>
    public string? State { get; init; }

    /// <summary>`primary`, `replica` and so on.</summary>
    public string? Role { get; init; }

    /// <summary>Its timeline.</summary>
    public int? Timeline { get; init; }

    /// <summary>The end of a primary's WAL, bytes.</summary>
    public long? Written { get; init; }

    /// <summary>What a replica has replayed, bytes.</summary>
    public long? Replayed { get; init; }

    /// <summary>The commit time of the last transaction that a replica has replayed.</summary>
    public DateTimeOffset? ReplayedAt { get; init; }

    /// <summary>PostgreSQL's version number.</summary>
    public int? ServerVersion { get; init; }

    /// <summary>A setting waits for a restart.</summary>
    public bool PendingRestart { get; init; }

    /// <summary>Patroni's name for the cluster.</summary>
    public string? Scope { get; init; }

    /// <summary>The cluster's system identifier.</summary>
    public string? SystemIdentifier { get; init; }

    /// <summary>Its server runs and takes writes.</summary>
    public bool IsPrimary => Role is "primary" or "master" && State == "running";

    /// <summary>Reads Patroni's document.</summary>
    public static MemberReport Read(JsonElement document)
    {
        var wal = document.TryGetProperty("xlog", out var xlog) ? xlog : default;
        var patroni = document.TryGetProperty("patroni", out var about) ? about : default;
        return new MemberReport
        {
            State = Json.Text(document, "state"),
            Role = Json.Text(document, "role"),
            Timeline = (int?)Json.Number(document, "timeline"),
            Written = Json.Number(wal, "location"),
            Replayed = Json.Number(wal, "replayed_location"),
            ReplayedAt = DateTimeOffset.TryParse(
                Json.Text(wal, "replayed_timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? at
                : null,
            ServerVersion = (int?)Json.Number(document, "server_version"),
            PendingRestart = Json.IsTrue(document, "pending_restart"),
            Scope = Json.Text(patroni, "scope"),
            SystemIdentifier = Json.Text(document, "database_system_identifier"),
        };
    }
}

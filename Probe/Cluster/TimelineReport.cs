using System.Globalization;
using System.Text.Json;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Cluster;

/// <summary>
/// Reads Patroni's account of the timelines, from `GET /history`: a list of `[timeline that ended, LSN, reason]`, with time and new leader where
/// Patroni promoted it.
/// </summary>
internal static class TimelineReport
{
    /// <summary>As many of the newest are read; an outage has one, or a few.</summary>
    public const int Most = 100;

    // PostgreSQL's reasons are short; what a stranger answers need not be.
    private const int LongestReason = 200;

    /// <summary>The changes, oldest first; null when the document is no history.</summary>
    public static IReadOnlyList<TimelineSwitch>? Read(JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        List<JsonElement> lines = [.. document.EnumerateArray().TakeLast(Most)];
        var switches = new List<TimelineSwitch>(lines.Count);
        foreach (var (index, line) in lines.Index())
        {
            if (Ended(line) is { } ended && Json.Number(line, 1) is { } lsn)
            {
                var began = index + 1 < lines.Count && Ended(lines[index + 1]) is { } next ? next : ended + 1;
                var reason = Json.Text(line, 2);
                switches.Add(new TimelineSwitch(
                    began,
                    lsn,
                    string.IsNullOrEmpty(reason) ? null : reason.Length > LongestReason ? reason[..LongestReason] : reason,
                    DateTimeOffset.TryParse(
                        Json.Text(line, 3), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
                        ? at
                        : null,
                    Json.Text(line, 4)));
            }
        }

        return switches;
    }

    private static int? Ended(JsonElement line) => Json.Number(line, 0) is { } timeline and > 0 and < int.MaxValue ? (int)timeline : null;
}

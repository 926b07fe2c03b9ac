using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>Finds two servers that took writes at the same time in what the watch wrote down.</summary>
/// <remarks>
/// A promotion begins a new timeline (PostgreSQL documentation, "Timelines"), so between two acknowledgements of servers on different timelines the later
/// timeline is the one that is valid. An acknowledgement on the earlier timeline proves a stale leader only where its write was <em>sent</em> after
/// the later timeline had acknowledged one: otherwise it may have been committed before the promotion and its answer merely have been late. Two nodes that
/// acknowledge on one and the same timeline are two leaders whatever the order.
/// </remarks>
internal static class WriterOracle
{
    /// <summary>One sentence for each violation; none when all is well.</summary>
    public static IReadOnlyList<string> Judge(IReadOnlyList<MarkedWrite> writes) => [.. Stale(writes), .. SameTimeline(writes)];

    private static IEnumerable<string> Stale(IReadOnlyList<MarkedWrite> writes)
    {
        // For each timeline the moment from which on every earlier one is stale.
        MarkedWrite[] firsts = [.. writes.GroupBy(write => write.Timeline).Select(group => group.MinBy(write => write.Acknowledged)!)];
        IEnumerable<(MarkedWrite Write, MarkedWrite Newer)> stale = writes
            .Select(write => (Write: write, Newer: firsts.Where(first => first.Timeline > write.Timeline && first.Acknowledged < write.Sent).MinBy(first => first.Acknowledged)))
            .Where(pair => pair.Newer is not null)
            .Select(pair => (pair.Write, pair.Newer!));
        foreach (IGrouping<(string Way, int Timeline), (MarkedWrite Write, MarkedWrite Newer)> group in stale.GroupBy(pair => (pair.Write.Way, pair.Write.Timeline)))
        {
            (MarkedWrite write, MarkedWrite newer) = group.MaxBy(pair => pair.Write.Sent);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Count()} write(s) through {group.Key.Way} acknowledged by a stale leader: on timeline {group.Key.Timeline}, up to {(write.Sent - newer.Acknowledged).TotalSeconds:F2} s after timeline {newer.Timeline} had taken one (row {write.Id})");
        }
    }

    private static IEnumerable<string> SameTimeline(IReadOnlyList<MarkedWrite> writes) => writes
        .Where(write => write.Node is not null)
        .GroupBy(write => write.Timeline)
        .Select(group => (Timeline: group.Key, Nodes: group.Select(write => write.Node!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray()))
        .Where(group => group.Nodes.Length > 1)
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{string.Join(" and ", group.Nodes)} both acknowledged writes on timeline {group.Timeline}"));
}

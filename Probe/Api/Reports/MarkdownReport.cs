using System.Globalization;
using System.Text;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api.Reports;

/// <summary>A report as Markdown (CommonMark with tables).</summary>
internal sealed class MarkdownReport
{
    private readonly AvailabilityReport _report;
    private readonly string _plot;
    private readonly StringBuilder _text = new();

    private MarkdownReport(AvailabilityReport report, string plot)
    {
        _report = report;
        _plot = plot;
    }

    /// <param name="report">What was measured.</param>
    /// <param name="plot">The name under which the same period's picture is saved.</param>
    public static string Write(AvailabilityReport report, string plot)
    {
        var markdown = new MarkdownReport(report, plot);
        markdown.Head();
        markdown.Loads();
        markdown.AcknowledgedWrites();
        markdown.Outages();
        markdown.Members();
        return markdown._text.ToString();
    }

    private void Head()
    {
        Line($"# Availability of {Text(_report.Scope ?? "the cluster")}");
        Line();
        Line($"{Words.Moment(_report.From)} to {Words.Moment(_report.To)} UTC ({Words.Length(_report.To - _report.From)}).");
        Line("An outage runs from the last acknowledgement before it to the first one after it. Times are UTC.");
        Line();
        Line($"![Latency and outages]({_plot})");
        Line();
        Line($"The picture is the file `{_plot}` beside this one: the probe's `/api/report.svg?from={Query(_report.From)}&to={Query(_report.To)}`.");
    }

    private void Loads()
    {
        if (_report.Loads.Count == 0)
        {
            return;
        }

        Heading("Availability");
        Row(["", .. _report.Loads.Select(load => $"{Words.Of(load.Kind)}, {Words.Of(load.Route)}")]);
        Line("|---|" + string.Concat(_report.Loads.Select(_ => "---:|")));
        Row("Available", load => Words.Share(load.Availability));
        Row("Outages", load => Words.Count(load.Outages));
        Row("Unavailable in all", load => Words.Length(load.Unavailable));
        Row("Longest outage", load => load.Outages == 0 ? Words.Nothing : Words.Length(load.Longest));
        Row("Median latency", load => Words.Milliseconds(load.Latency?.TypicalP50));
        Row("99th percentile", load => Words.Milliseconds(load.Latency?.TypicalP99));
        Row("Longest latency", load => Words.Milliseconds(load.Latency?.Max));
        var known = _report.Loads.Select(load => load.Latency).OfType<LatencySummary>().ToList();
        if (known.Count > 0)
        {
            Line();
            Line($"Latency from {Words.Moment(known.Min(latency => latency.From))} on, as the median over the seconds of each second's median and 99th percentile.");
        }
    }

    private void AcknowledgedWrites()
    {
        Heading("Acknowledged writes");
        Line(Verdict());
        Line();
        Row(["Since " + Words.Moment(_report.Counters.Since), .. _report.Counters.Routes.Select(route => Words.Of(route.Route))]);
        Line("|---|" + string.Concat(_report.Counters.Routes.Select(_ => "---:|")));
        Row("Acknowledged", counters => counters.Acknowledged);
        Row("Failed, certainly not written", counters => counters.Failed);
        Row("Unknown, not settled yet", counters => counters.Unknown);
        Row("Unknown at first, found written", counters => counters.UnknownFound);
        Row("Unknown at first, found absent", counters => counters.UnknownAbsent);
        Row("**Lost after acknowledgement**", counters => counters.Lost);
        Row("Duplicated", counters => counters.Duplicated);
        Row("Written though counted as failed", counters => counters.Unexpected);
        Row("Acknowledged by a stale leader", counters => counters.StaleLeader);
        Row("Connections to a demoted server discarded", counters => counters.DemotedConnections);
        Row("Reads", counters => counters.Reads);
        Row("Reads failed", counters => counters.ReadsFailed);
        Row("Reads that went back in time", counters => counters.BackwardsReads);
        Row("The same after a reconnect", counters => counters.BackwardsReconnects);
    }

    private string Verdict()
    {
        var lost = _report.Counters.Routes.Sum(route => route.Counters.Lost);
        if (lost > 0)
        {
            return $"**{Words.Count(lost)} acknowledged {(lost == 1 ? "write was" : "writes were")} lost.**";
        }

        return _report.Counters.Verification switch
        {
            null => "The acknowledged writes have not been compared with the database yet.",
            { Complete: false } incomplete => $"The last comparison with the database was not complete: {Text(incomplete.Problem ?? "no reason given")}.",
            var done => $"No acknowledged write was lost: {Words.Count(done.Routes.Sum(route => route.Compared))} were found on the leader at {Words.Moment(done.FinishedAt)}.",
        };
    }

    private void Outages()
    {
        Heading("Outages");
        if (_report.Outages.Count == 0)
        {
            Line("None.");
            return;
        }

        Row("No.", "Start", "Duration", "Load", "Route", "Cause", "Leader", "Timeline", "Failed", "Unknown", "Lost");
        Line("|---:|---|---:|---|---|---|---|---|---:|---:|---:|");
        foreach (var outage in _report.Outages)
        {
            Row(
                outage.Id.ToString(CultureInfo.InvariantCulture),
                Words.Moment(outage.Start),
                outage.Duration is { } duration ? Words.Seconds(duration) : "still open",
                Words.Of(outage.Kind),
                Words.Of(outage.Route),
                Words.Of(outage.Cause) + (outage.FirstError is { } error ? $" ({Text(error)})" : ""),
                Change(outage.LeaderBefore, outage.LeaderAfter),
                Change(Number(outage.TimelineBefore), Number(outage.TimelineAfter)),
                Words.Count(outage.FailedAttempts),
                Words.Count(outage.UnknownAttempts),
                outage.LostWrites is { } lost ? Words.Count(lost) : Words.Nothing);
        }

        foreach (var outage in _report.Outages.Where(outage => outage.Phases.Count > 0))
        {
            Line();
            Line($"### Outage {outage.Id}: {Words.Of(outage.Cause).ToLowerInvariant()}, {Words.Of(outage.Kind).ToLowerInvariant()}, {Words.Of(outage.Route)}");
            Line();
            Row("At", "After", "Phase", "Node", "Known to");
            Line("|---|---:|---|---|---:|");
            foreach (var phase in outage.Phases)
            {
                Row(
                    Words.Clock(phase.At),
                    $"+{Words.Seconds(phase.At - outage.Start)}",
                    Words.Of(phase.Kind),
                    phase.Node is { } node ? Text(node) : "",
                    phase.Resolution > TimeSpan.Zero ? $"{phase.Resolution.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms" : "");
            }

            if (outage.Switches is { Count: > 0 } switches)
            {
                Line();
                Line($"By Patroni's history: {string.Join("; ", switches.Select(Switch))}.");
            }

            if (outage.BlindFor > TimeSpan.Zero)
            {
                Line();
                Line($"The probe was not running for {Words.Length(outage.BlindFor)} of it.");
            }
        }
    }

    private void Members()
    {
        if (_report.Topology.Nodes.Count == 0)
        {
            return;
        }

        Heading("Members now");
        Row("Member", "Role", "State", "Timeline", "Lag");
        Line("|---|---|---|---:|---:|");
        foreach (var node in _report.Topology.Nodes)
        {
            Row(
                Text(node.Name),
                Words.Of(node.Role),
                node.Reachable ? Text(node.State ?? "unknown") : "not reachable",
                Number(node.Timeline) ?? Words.Nothing,
                Words.Bytes(node.LagBytes));
        }
    }

    private void Heading(string heading)
    {
        Line();
        Line($"## {heading}");
        Line();
    }

    private void Row(string name, Func<LoadReport, string> value) => Row([name, .. _report.Loads.Select(value)]);

    private void Row(string name, Func<WriteCounters, long> value) =>
        Row([name, .. _report.Counters.Routes.Select(route => Words.Count(value(route.Counters)))]);

    private void Row(params IEnumerable<string> cells) => Line($"| {string.Join(" | ", cells)} |");

    private void Line(string line = "") => _text.Append(line).Append('\n');

    private static string Switch(TimelineSwitch change) => string.Concat(
        $"timeline {Number(change.Timeline)}",
        change.Leader is { } leader ? $" of {Text(leader)}" : "",
        change.At is { } at ? $" at {Words.Clock(at)}" : "",
        change.Reason is { } reason ? $" ({Text(reason)})" : "");

    private static string Query(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static string? Number(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string Change(string? before, string? after) => (before, after) switch
    {
        (null, null) => Words.Nothing,
        _ when before == after => Text(before!),
        _ => $"{Text(before ?? "?")} → {Text(after ?? "?")}",
    };

    // Names and errors come from the cluster: they must not become markup.
    private static string Text(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                safe.Append(' ');
                continue;
            }

            if (@"\`*_[]<>|#&".Contains(c))
            {
                safe.Append('\\');
            }

            safe.Append(c);
        }

        return safe.ToString();
    }
}

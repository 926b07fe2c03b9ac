using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting;

/// <summary>A fault report as Markdown (CommonMark with tables).</summary>
internal static class FaultMarkdown
{
    public static string Write(FaultReport report)
    {
        var text = new StringBuilder();
        text.Append("# Fault report\n\n");
        if (report.Outcomes.Count > 0)
        {
            DateTimeOffset began = report.Outcomes.Min(outcome => outcome.StartedAt);
            double rate = report.Outcomes.Max(outcome => outcome.WriteRate);
            text.Append(CultureInfo.InvariantCulture, $"Begun {began.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. {report.Verdict}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"Outage: the longest time between two acknowledged writes through HAProxy, as the probe saw it at {rate:0.#} writes/s; the median of the runs.\n");
            text.Append("Whole: from the end of the fault until one member led and all others streamed from it, counted on for commits.\n\n");
        }

        text.Append("![Write outage per case](report.svg)\n\n");
        text.Append("| Case | What happens | Profile | Runs | Outage | From – to | Goal | Whole | Lost | Result |\n");
        text.Append("|---|---|---|---:|---:|---:|---:|---:|---:|---|\n");
        foreach (FaultLine line in report.Lines)
        {
            string range = line.Runs > 1 ? $"{FaultReport.Words.Number(line.LeastOutage)} – {FaultReport.Words.Number(line.MostOutage)}" : string.Empty;
            string goal = line.GoalSeconds is { } seconds ? $"≤ {FaultReport.Words.Seconds(seconds)}" : string.Empty;
            string result = line.Failed ? $"**{line.Result}**" : line.Result;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Plain(line.Case)} | {Plain(line.Title)} | {line.Profile} | {line.Runs} | {FaultReport.Words.Seconds(line.MedianOutage)} | {range} | {goal} | {FaultReport.Words.Seconds(line.MedianWhole)} | {line.Lost} | {result} |\n");
        }

        foreach (FaultOutcome outcome in report.Outcomes)
        {
            Write(text, outcome);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, FaultOutcome outcome)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {Plain(outcome.Case)}, {outcome.Profile}, run {outcome.Run}: {Word(outcome.Verdict)}\n\n");
        foreach (string violation in outcome.Violations)
        {
            text.Append(CultureInfo.InvariantCulture, $"- **{(outcome.Verdict == FaultVerdict.NotPossible ? "Not possible" : "Violation")}**: {Plain(violation)}\n");
        }

        foreach (string proof in outcome.Proofs)
        {
            text.Append(CultureInfo.InvariantCulture, $"- Proven: {Plain(proof)}\n");
        }

        foreach (string note in outcome.Notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Plain(note)}\n");
        }

        foreach (FaultOutage outage in outcome.Outages)
        {
            string steps = string.Join(", ", outage.Steps.Select(step => string.Create(
                CultureInfo.InvariantCulture, $"+{step.AfterSeconds:F2} s {step.Kind}{(step.Node is null ? string.Empty : $" ({step.Node})")}")));
            string error = outage.FirstError is null ? string.Empty : $", first error {outage.FirstError}";
            text.Append(CultureInfo.InvariantCulture, $"- Outage of {outage.Seconds:F2} s, {Plain(outage.Cause + error)}: {Plain(steps)}\n");
        }

        if (outcome.Verdict != FaultVerdict.NotPossible)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {outcome.Acknowledged} writes acknowledged, {outcome.Lost} lost, {outcome.Duplicated} duplicated, {outcome.Unknown} not settled, {outcome.StaleLeader} by a stale leader\n");
        }
    }

    private static string Word(FaultVerdict verdict) => verdict switch
    {
        FaultVerdict.Passed => "passed",
        FaultVerdict.Failed => "failed",
        _ => "not possible on this machine",
    };

    // Names and errors come from the cluster: they must not become markup.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (char.IsControl(c))
            {
                plain.Append(' ');
                continue;
            }

            if (@"\`*_[]<>|#&".Contains(c, StringComparison.Ordinal))
            {
                plain.Append('\\');
            }

            plain.Append(c);
        }

        return plain.ToString();
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaPgAspire.Hosting;

/// <summary>What a fault run found: one line per case and profile, and everything that was seen below it.</summary>
internal sealed class FaultReport(IReadOnlyList<FaultOutcome> outcomes)
{
    /// <summary>The file from which a report can be read again.</summary>
    public const string JsonFile = "report.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public IReadOnlyList<FaultOutcome> Outcomes => outcomes;

    /// <summary>Whether nothing was violated, and something was run.</summary>
    public bool Passed => outcomes.Count > 0 && outcomes.All(outcome => outcome.Verdict != FaultVerdict.Failed);

    /// <summary>One line for each case and profile, in the order of the runs.</summary>
    public IReadOnlyList<FaultLine> Lines =>
        [.. outcomes.GroupBy(outcome => (outcome.Case, outcome.Profile)).Select(group => new FaultLine([.. group]))];

    /// <summary>The last line of every form of the report.</summary>
    public string Verdict
    {
        get
        {
            int failed = outcomes.Count(outcome => outcome.Verdict == FaultVerdict.Failed);
            int skipped = outcomes.Count(outcome => outcome.Verdict == FaultVerdict.NotPossible);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{outcomes.Count - failed - skipped} run(s) passed, {failed} failed, {skipped} not possible on this machine; {outcomes.Sum(outcome => outcome.Lost)} acknowledged write(s) lost of {outcomes.Sum(outcome => outcome.Acknowledged)}.");
        }
    }

    /// <summary>The report as JSON, from which <see cref="Read"/> makes it again.</summary>
    public string ToJson() => JsonSerializer.Serialize(outcomes, Json);

    /// <summary>A report that was written as JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static FaultReport Read(string json) => new(JsonSerializer.Deserialize<FaultOutcome[]>(json, Json) ?? []);

    /// <summary>The report as a table for the terminal, with every violation below it.</summary>
    public override string ToString()
    {
        string[] head = ["case", "profile", "runs", "outage", "from – to", "goal", "whole", "lost", "result"];
        string[][] rows = [.. Lines.Select(line => new[]
        {
            line.Case, line.Profile.ToString(), line.Runs.ToString(CultureInfo.InvariantCulture), Words.Seconds(line.MedianOutage),
            line.Runs > 1 ? $"{Words.Number(line.LeastOutage)} – {Words.Number(line.MostOutage)}" : string.Empty,
            line.GoalSeconds is { } goal ? $"≤ {Words.Seconds(goal)}" : string.Empty, Words.Seconds(line.MedianWhole),
            line.Lost.ToString(CultureInfo.InvariantCulture), line.Result,
        })];
        int[] widths = [.. head.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max())];
        var text = new StringBuilder();
        foreach (string[] row in rows.Prepend(head))
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column is 0 or 1 or 8 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        }

        foreach (FaultOutcome outcome in outcomes.Where(outcome => outcome.Violations.Count > 0))
        {
            text.AppendLine().AppendLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Case}, {outcome.Profile}, run {outcome.Run}:"));
            foreach (string violation in outcome.Violations)
            {
                text.Append("  ").Append(outcome.Verdict == FaultVerdict.NotPossible ? "not possible" : "violation").Append(": ").AppendLine(violation);
            }
        }

        return text.AppendLine().Append(Verdict).ToString();
    }

    /// <summary>Writes the report's files into a folder: <c>report.md</c>, <c>report.svg</c> and <c>report.json</c>.</summary>
    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, JsonFile), ToJson(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "report.md"), FaultMarkdown.Write(this), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "report.svg"), FaultPlot.Draw(this), cancellationToken);
    }

    /// <summary>How the report writes figures.</summary>
    internal static class Words
    {
        public static string Number(double? seconds) => seconds is { } known ? known.ToString(known < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) : "–";

        public static string Seconds(double? seconds) => seconds is null ? "–" : Number(seconds) + " s";
    }
}

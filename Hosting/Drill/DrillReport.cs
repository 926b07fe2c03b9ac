using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting;

/// <summary>What a drill did and found.</summary>
/// <param name="Steps">The steps in order.</param>
public sealed record DrillReport(IReadOnlyList<DrillStep> Steps)
{
    /// <summary>Everything that was not as it has to be; none when the drill passed.</summary>
    public IReadOnlyList<string> Violations => [.. Steps.SelectMany(step => step.Violations)];

    /// <summary>The report as text, one line a step, with what was seen below it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((DrillStep step, int number) in Steps.Select((step, index) => (step, index + 1)))
        {
            string mark = step.Violations.Count == 0 ? "ok" : "FAILED";
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"{number,2}. {step.Title,-64} {step.Duration.TotalSeconds,6:F1} s  {mark}"));
            foreach (string line in step.Seen.SelectMany(seen => seen.Split('\n')))
            {
                text.Append("      ").AppendLine(line.TrimEnd('\r'));
            }

            foreach (string violation in step.Violations)
            {
                text.Append("      violation: ").AppendLine(violation);
            }
        }

        return text.Append(Violations.Count == 0 ? "The drill passed." : $"The drill failed: {Violations.Count} violation(s).").ToString();
    }
}

/// <summary>One step of a drill.</summary>
/// <param name="Title">What was done.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Seen">What was observed.</param>
/// <param name="Violations">What was not as it has to be.</param>
public sealed record DrillStep(string Title, TimeSpan Duration, IReadOnlyList<string> Seen, IReadOnlyList<string> Violations);

using System.Globalization;
using System.Text;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Shows where two texts differ, as a person reads it: with the lines around it, <c>-</c> for expected and <c>+</c> for actual.</summary>
internal static class TextDifference
{
    private const int Context = 3;
    private const int MostLines = 40;

    /// <summary>Describes the difference.</summary>
    /// <returns>Null when the texts are the same.</returns>
    public static string? Between(string name, string expected, string actual)
    {
        if (expected == actual)
        {
            return null;
        }

        string[] old = expected.Split('\n');
        string[] now = actual.Split('\n');
        int first = 0;
        while (first < old.Length && first < now.Length && old[first] == now[first])
        {
            first++;
        }

        int tail = 0;
        while (tail < old.Length - first && tail < now.Length - first && old[^(tail + 1)] == now[^(tail + 1)])
        {
            tail++;
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{name} differs from line {first + 1} on:\n");
        Append(text, "  ", old[Math.Max(0, first - Context)..first]);
        Append(text, "- ", old[first..(old.Length - tail)]);
        Append(text, "+ ", now[first..(now.Length - tail)]);
        Append(text, "  ", old[(old.Length - tail)..Math.Min(old.Length, old.Length - tail + Context)]);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string mark, string[] lines)
    {
        foreach (string line in lines.Take(MostLines))
        {
            text.Append(mark).Append(line).Append('\n');
        }

        if (lines.Length > MostLines)
        {
            text.Append(mark).Append(CultureInfo.InvariantCulture, $"({lines.Length - MostLines} more lines)\n");
        }
    }
}

using System.Globalization;
using System.Text;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>Reads Prometheus' text exposition format: what the components say about themselves.</summary>
internal static class PrometheusText
{
    /// <summary>The samples; lines that are none are passed over.</summary>
    public static IEnumerable<PrometheusSample> Read(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] != '#' && TryRead(line) is { } sample)
            {
                yield return sample;
            }
        }
    }

    private static PrometheusSample? TryRead(string line)
    {
        var end = line.AsSpan().IndexOfAny('{', ' ', '\t');
        if (end <= 0)
        {
            return null;
        }

        var labels = new Dictionary<string, string>();
        var at = end;
        if (line[at] == '{')
        {
            at = ReadLabels(line, at + 1, labels);
            if (at < 0)
            {
                return null;
            }
        }

        // A time stamp may follow the value.
        var value = line[at..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return value.Length > 0 && TryNumber(value[0], out var number) ? new PrometheusSample(line[..end], labels, number) : null;
    }

    // Returns where the labels end, or -1 when they don't.
    private static int ReadLabels(string line, int at, Dictionary<string, string> labels)
    {
        while (at < line.Length)
        {
            if (line[at] is ',' or ' ')
            {
                at++;
                continue;
            }

            if (line[at] == '}')
            {
                return at + 1;
            }

            var equals = line.IndexOf('=', at);
            if (equals < 0 || equals + 1 >= line.Length || line[equals + 1] != '"')
            {
                return -1;
            }

            var name = line[at..equals].Trim();
            var value = new StringBuilder();
            at = equals + 2;
            while (at < line.Length && line[at] != '"')
            {
                if (line[at] == '\\' && at + 1 < line.Length)
                {
                    at++;
                    value.Append(line[at] == 'n' ? '\n' : line[at]);
                }
                else
                {
                    value.Append(line[at]);
                }

                at++;
            }

            if (at >= line.Length)
            {
                return -1;
            }

            labels[name] = value.ToString();
            at++;
        }

        return -1;
    }

    private static bool TryNumber(string text, out double number)
    {
        number = text switch
        {
            "+Inf" or "Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(number)
            || text == "NaN"
            || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }
}

/// <summary>One sample.</summary>
internal sealed record PrometheusSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

using System.Globalization;
using System.Xml.Linq;

namespace HaPgAspire.Hosting;

/// <summary>The write outage of each case as a picture (SVG): a bar for the median, a dot for each run, a mark for the goal, on a logarithmic scale.</summary>
internal static class FaultPlot
{
    private const double Width = 1000;
    private const double Left = 300;
    private const double Right = 90;
    private const double Top = 70;
    private const double Row = 24;
    private const double Bottom = 40;

    /// <summary>The shortest outage that the probe reports is 100 ms long; below it lies what is no outage.</summary>
    private const double Low = 0.05;

    private const string Ink = "#131820";
    private const string Faint = "#626c7b";
    private const string Grid = "#e0e4e9";
    private const string Bad = "#d93742";
    private const string Goal = "#1d8a4e";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly double[] Scale = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

    public static string Draw(FaultReport report)
    {
        IReadOnlyList<FaultLine> lines = report.Lines;
        double highest = lines.Select(line => line.MostOutage ?? 0).DefaultIfEmpty(0).Max();
        double high = Scale.FirstOrDefault(value => value >= Math.Max(highest, 10), Scale[^1]);
        double bottom = Top + (lines.Count * Row);
        var root = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {N(Width)} {N(bottom + Bottom)}"),
            new XAttribute("width", N(Width)),
            new XAttribute("height", N(bottom + Bottom)),
            new XAttribute("font-family", "Inter, system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"),
            new XAttribute("font-size", "12"),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", "Write outage per fault"),
            Rect(0, 0, Width, bottom + Bottom, "#ffffff"),
            Text(16, 26, "Write outage per fault", Ink, size: 16, weight: "600"),
            Text(16, 46, "bar: median; dots: runs; green: the goal for Fast; seconds, logarithmic", Faint));
        foreach (double tick in Scale.Where(tick => tick <= high))
        {
            root.Add(Line(X(tick, high), Top, X(tick, high), bottom, Grid), Text(X(tick, high), bottom + 18, $"{tick.ToString(CultureInfo.InvariantCulture)} s", Faint, anchor: "middle"));
        }

        foreach ((int index, FaultLine line) in lines.Index())
        {
            root.Add(Bar(line, Top + (index * Row), high));
        }

        return root.ToString(SaveOptions.None) + "\n";
    }

    private static IEnumerable<XElement> Bar(FaultLine line, double top, double high)
    {
        string colour = line.Failed ? Bad : line.Profile == ClusterProfile.Fast ? "#2b59d9" : "#8436bd";
        yield return Text(Left - 10, top + 16, $"{line.Case} · {line.Profile}", Ink, anchor: "end");
        if (line.MedianOutage is not { } median)
        {
            yield return Text(Left + 6, top + 16, line.Result, Faint);
            yield break;
        }

        yield return Rect(Left, top + 6, Math.Max(X(median, high) - Left, 1), Row - 12, colour).With("fill-opacity", "0.55");
        foreach (double seconds in line.OutageSeconds)
        {
            yield return new XElement(
                Svg + "circle", new XAttribute("cx", N(X(seconds, high))), new XAttribute("cy", N(top + (Row / 2))), new XAttribute("r", "3"), new XAttribute("fill", colour));
        }

        if (line.GoalSeconds is { } goal)
        {
            yield return Line(X(goal, high), top + 3, X(goal, high), top + Row - 3, Goal).With("stroke-width", "2");
        }

        yield return Text(X(line.MostOutage ?? median, high) + 8, top + 16, FaultReport.Words.Seconds(median) + (line.Failed ? $", {line.Result}" : string.Empty), line.Failed ? Bad : Faint);
    }

    private static double X(double seconds, double high) =>
        Left + (Math.Log(Math.Clamp(seconds, Low, high) / Low) / Math.Log(high / Low) * (Width - Left - Right));

    private static XElement Rect(double x, double y, double width, double height, string fill) => new(
        Svg + "rect",
        new XAttribute("x", N(x)),
        new XAttribute("y", N(y)),
        new XAttribute("width", N(width)),
        new XAttribute("height", N(height)),
        new XAttribute("fill", fill));

    private static XElement Line(double x1, double y1, double x2, double y2, string stroke) => new(
        Svg + "path", new XAttribute("d", $"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}"), new XAttribute("stroke", stroke));

    private static XElement Text(double x, double y, string words, string fill, int size = 12, string? weight = null, string? anchor = null)
    {
        var text = new XElement(Svg + "text", new XAttribute("x", N(x)), new XAttribute("y", N(y)), new XAttribute("fill", fill), words);
        if (size != 12)
        {
            text.With("font-size", N(size));
        }

        if (weight is not null)
        {
            text.With("font-weight", weight);
        }

        return anchor is null ? text : text.With("text-anchor", anchor);
    }

    private static XElement With(this XElement element, string name, string value)
    {
        element.SetAttributeValue(name, value);
        return element;
    }

    private static string N(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);
}

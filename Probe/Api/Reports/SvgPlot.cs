using System.Globalization;
using System.Xml.Linq;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api.Reports;

/// <summary>
/// A period as a picture: write and read latency on logarithmic scales, outages across them, each with its duration. Colours and
/// fonts stand in attributes, so that every program that draws SVG shows them; one that knows CSS takes darker ones where the reader
/// prefers that.
/// </summary>
internal sealed class SvgPlot
{
    private const double Width = 1200;
    private const double Left = 64;
    private const double Right = 40;
    private const double Top = 88;
    private const double LaneHeight = 190;
    private const double LaneGap = 34;
    private const double Bottom = 44;
    private const int MostLabels = 12;

    private const string Ink = "#131820";
    private const string Faint = "#626c7b";
    private const string Grid = "#e0e4e9";
    private const string Bad = "#d93742";
    private const string Paper = "#ffffff";

    // Attributes yield to any rule. The words on an outage's label stay white: their paper stays red.
    private static readonly string Dark = $$"""
        @media (prefers-color-scheme: dark) {
          rect[fill="{{Paper}}"] { fill: #151920 }
          [fill="{{Ink}}"] { fill: #e9edf3 }
          [fill="{{Faint}}"] { fill: #b0b9c6 }
          [stroke="{{Faint}}"] { stroke: #8e98a8 }
          [stroke="{{Grid}}"] { stroke: #262d38 }
          [fill="{{Colour(RouteKind.FrontDoor)}}"] { fill: #8aabff }
          [stroke="{{Colour(RouteKind.FrontDoor)}}"] { stroke: #8aabff }
          [fill="{{Colour(RouteKind.Direct)}}"] { fill: #cb9cf6 }
          [stroke="{{Colour(RouteKind.Direct)}}"] { stroke: #cb9cf6 }
        }
        """;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly double[] Scale = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000];
    private static readonly int[] Ticks = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800];

    private readonly AvailabilityReport _report;
    private readonly IReadOnlyList<LatencySample> _samples;
    private readonly XElement _root;

    private SvgPlot(AvailabilityReport report, IReadOnlyList<LatencySample> samples, int lanes)
    {
        _report = report;
        _samples = samples;
        var height = Top + (lanes * LaneHeight) + ((lanes - 1) * LaneGap) + Bottom;
        _root = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {N(Width)} {N(height)}"),
            new XAttribute("width", N(Width)),
            new XAttribute("height", N(height)),
            new XAttribute("font-family", "Inter, system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"),
            new XAttribute("font-size", "12"),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", Title()),
            new XElement(Svg + "style", Dark),
            Rect(0, 0, Width, height, Paper));
    }

    public static string Draw(AvailabilityReport report, IReadOnlyList<LatencySample> samples)
    {
        LoadKind[] kinds = [.. report.Loads.Select(load => load.Kind).Distinct()];
        if (kinds.Length == 0)
        {
            kinds = [LoadKind.Write];
        }

        var plot = new SvgPlot(report, samples, kinds.Length);
        plot.Head();
        foreach (var (index, kind) in kinds.Index())
        {
            plot.Lane(kind, Top + (index * (LaneHeight + LaneGap)));
        }

        plot.TimeAxis(Top + (kinds.Length * (LaneHeight + LaneGap)) - LaneGap);
        return plot._root.ToString(SaveOptions.None) + "\n";
    }

    private string Title() => $"{_report.Scope ?? "Cluster"}: {Words.Moment(_report.From)} to {Words.Moment(_report.To)} UTC";

    private void Head()
    {
        _root.Add(Text(Left, 26, Title(), Ink, size: 16, weight: "600"));
        var summary = _report.Loads.Where(load => load.Kind == LoadKind.Write)
            .Select(load => $"writes, {Words.Of(load.Route)}: {Words.Share(load.Availability)} available, {load.Outages} {(load.Outages == 1 ? "outage" : "outages")}");
        _root.Add(Text(Left, 46, string.Join("   ·   ", summary), Faint));
        var x = Width - Right;
        foreach (var (colour, words) in new[] { (Bad, "outage"), (Colour(RouteKind.Direct), "direct"), (Colour(RouteKind.FrontDoor), "HAProxy") })
        {
            x -= (words.Length * 7.2) + 30;
            _root.Add(Rect(x, 22, 12, 4, colour), Text(x + 17, 28, words, Faint));
        }
    }

    private void Lane(LoadKind kind, double top)
    {
        var samples = _samples.Where(sample => sample.Kind == kind).ToList();
        var (low, high) = Range(samples);
        double Y(double value) => top + LaneHeight - (Math.Log(Math.Clamp(value, low, high) / low) / Math.Log(high / low) * LaneHeight);

        _root.Add(Text(Left, top - 8, $"{Words.Of(kind)}: median and 99th percentile", Ink, weight: "600"));
        foreach (var value in Scale.Where(value => value >= low && value <= high))
        {
            _root.Add(Line(Left, Y(value), Width - Right, Y(value), Grid));
            _root.Add(Text(Left - 8, Y(value) + 4, value < 1000 ? $"{N(value)} ms" : $"{N(value / 1000)} s", Faint, anchor: "end"));
        }

        var outages = _report.Outages.Where(outage => outage.Kind == kind).ToList();
        foreach (var outage in outages)
        {
            var (from, to) = Ends(outage);
            _root.Add(Rect(from, top, to - from, LaneHeight, Bad).With("fill-opacity", outage.Route == RouteKind.FrontDoor ? "0.24" : "0.12"));
        }

        foreach (var route in samples.GroupBy(sample => sample.Route).OrderBy(group => group.Key))
        {
            foreach (var run in Runs([.. route]))
            {
                var band = run.Select(column => (column.X, Y: Y(column.P99))).Concat(run.Reverse().Select(column => (column.X, Y: Y(column.P50))));
                _root.Add(new XElement(Svg + "path", new XAttribute("d", Path(band) + "Z"), new XAttribute("fill", Colour(route.Key)), new XAttribute("fill-opacity", "0.15")));
                _root.Add(new XElement(
                    Svg + "path",
                    new XAttribute("d", Path(run.Select(column => (column.X, Y: Y(column.P50))))),
                    new XAttribute("fill", "none"),
                    new XAttribute("stroke", Colour(route.Key)),
                    new XAttribute("stroke-width", "1.5"),
                    new XAttribute("stroke-linejoin", "round")));
            }
        }

        Labels(outages, top);
    }

    /// <summary>The longest front-door outages carry their duration, as far as the words don't run into each other.</summary>
    private void Labels(IReadOnlyList<Outage> outages, double top)
    {
        var taken = new List<(double From, double To)>();
        foreach (var outage in outages.Where(outage => outage.Route == RouteKind.FrontDoor)
                     .OrderByDescending(outage => (outage.End ?? _report.To) - outage.Start).Take(MostLabels))
        {
            var words = outage.Duration is { } duration ? Words.Length(duration) : "open";
            var (from, to) = Ends(outage);
            var width = (words.Length * 6.4) + 12;
            var x = Math.Clamp(((from + to) / 2) - (width / 2), Left, Width - Right - width);
            if (taken.Any(other => x < other.To + 2 && x + width > other.From - 2))
            {
                continue;
            }

            taken.Add((x, x + width));
            _root.Add(Rect(x, top + 4, width, 18, Bad).With("rx", "5"), Text(x + (width / 2), top + 17, words, Paper, weight: "600", anchor: "middle"));
        }
    }

    private void TimeAxis(double top)
    {
        _root.Add(Line(Left, top, Width - Right, top, Faint));
        var step = Ticks.FirstOrDefault(tick => tick / (_report.To - _report.From).TotalSeconds * (Width - Left - Right) >= 80, Ticks[^1]);
        var format = step < 60 ? "HH:mm:ss" : step < 86_400 ? "HH:mm" : "MM-dd";
        var first = (long)Math.Ceiling(_report.From.ToUnixTimeMilliseconds() / 1000.0 / step) * step;
        for (var tick = DateTimeOffset.FromUnixTimeSeconds(first); tick <= _report.To; tick = tick.AddSeconds(step))
        {
            var x = X(tick);
            _root.Add(Line(x, top, x, top + 5, Faint));
            _root.Add(Text(x, top + 20, tick.UtcDateTime.ToString(format, CultureInfo.InvariantCulture), Faint, anchor: "middle"));
        }
    }

    private double X(DateTimeOffset at) => Left + ((at - _report.From) / (_report.To - _report.From) * (Width - Left - Right));

    private (double From, double To) Ends(Outage outage)
    {
        var from = Math.Max(X(outage.Start), Left);
        return (from, Math.Min(Math.Max(X(outage.End ?? _report.To), from + 1.5), Width - Right));
    }

    /// <summary>The samples joined by the pixel, cut where seconds are missing or nothing was acknowledged.</summary>
    private IEnumerable<Column[]> Runs(IReadOnlyList<LatencySample> samples)
    {
        var perColumn = Math.Max(1, (_report.To - _report.From).TotalSeconds / (Width - Left - Right) * 1.5);
        var run = new List<Column>();
        double? last = null;
        foreach (var group in samples.GroupBy(sample => Math.Floor(sample.Second.ToUnixTimeSeconds() / perColumn)))
        {
            var answered = group.Where(sample => sample is { P50: not null, P99: not null }).ToList();
            var broken = answered.Count == 0 || group.Key - last > 1;
            if (broken && run.Count > 0)
            {
                yield return [.. run];
                run.Clear();
            }

            if (answered.Count > 0)
            {
                var weight = answered.Sum(sample => Math.Max(1, sample.Acknowledged));
                run.Add(new Column(
                    X(answered[0].Second.AddSeconds(0.5)),
                    answered.Sum(sample => sample.P50!.Value * Math.Max(1, sample.Acknowledged)) / weight,
                    answered.Max(sample => sample.P99!.Value)));
                last = group.Key;
            }
        }

        if (run.Count > 0)
        {
            yield return [.. run];
        }
    }

    private static (double Low, double High) Range(IReadOnlyList<LatencySample> samples)
    {
        var low = samples.Min(sample => sample.P50) ?? 1;
        var high = samples.Max(sample => sample.P99) ?? 100;
        low = Scale.LastOrDefault(value => value <= low, Scale[0]);
        return (low, Scale.FirstOrDefault(value => value >= Math.Max(high, low * 20), Scale[^1]));
    }

    private static string Colour(RouteKind route) => route == RouteKind.FrontDoor ? "#2b59d9" : "#8436bd";

    private static string Path(IEnumerable<(double X, double Y)> points) =>
        "M" + string.Join('L', points.Select(point => $"{N(point.X)} {N(point.Y)}"));

    private static XElement Rect(double x, double y, double width, double height, string fill) => new(
        Svg + "rect",
        new XAttribute("x", N(x)),
        new XAttribute("y", N(y)),
        new XAttribute("width", N(width)),
        new XAttribute("height", N(height)),
        new XAttribute("fill", fill));

    private static XElement Line(double x1, double y1, double x2, double y2, string stroke) => new(
        Svg + "path", new XAttribute("d", Path([(x1, y1), (x2, y2)])), new XAttribute("stroke", stroke));

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

    private static string N(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    private readonly record struct Column(double X, double P50, double P99);
}

file static class Attributes
{
    public static XElement With(this XElement element, string name, string value)
    {
        element.SetAttributeValue(name, value);
        return element;
    }
}

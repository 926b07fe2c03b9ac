using System.Globalization;
using Spectre.Console;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>Resources as a table or a line.</summary>
internal static class ResourceTable
{
    // Aspire's own properties; any other was set by an integration for people to see.
    private static readonly string[] WellKnownProperties = ["container.", "project.", "resource.", "executable.", "parameter.", "connectionString", "aspire."];

    // In a narrow window an address that can be copied is worth more than its name.
    private const int WideEnoughForNames = 100;

    /// <summary>The resources, each below its parent.</summary>
    public static Table Create(IReadOnlyList<ResourceRow> rows, TerminalStyle style, bool withType = false)
    {
        var ordered = Ordered(rows);
        var withDetails = ordered.Any(item => Details(item.Row, style).Length > 0);
        var table = NewTable(style);
        foreach (var heading in new[] { "Resource", withType ? "Type" : "", "State", "Health", withDetails ? "Details" : "", "Endpoints" })
        {
            if (heading.Length > 0)
            {
                table.AddColumn(new TableColumn($"[bold]{heading}[/]") { NoWrap = heading is not "Details" });
            }
        }

        foreach (var (row, depth) in ordered)
        {
            var cells = new List<string> { new string(' ', depth * 2) + Text(row.Name) };
            if (withType)
            {
                cells.Add(Text(row.Type));
            }

            cells.Add(Coloured(StateOf(row), StateColour(row)));
            cells.Add(row.Health is { } health ? Coloured(health, HealthColour(health)) : "-");
            if (withDetails)
            {
                cells.Add(Text(Details(row, style)));
            }

            cells.Add(Text(string.Join('\n', Endpoints(row, withNames: style.Width >= WideEnoughForNames))));
            table.AddRow([.. cells]);
        }

        return table;
    }

    /// <summary>The running app hosts.</summary>
    public static Table Create(IEnumerable<AppHostInfo> appHosts, TerminalStyle style)
    {
        var table = NewTable(style);
        table.AddColumns("[bold]Path[/]", "[bold]PID[/]", "[bold]Started[/]");
        foreach (var appHost in appHosts)
        {
            table.AddRow(
                Text(appHost.AppHostPath),
                appHost.AppHostPid.ToString(CultureInfo.InvariantCulture),
                appHost.StartedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }

        return table;
    }

    /// <summary>One resource in one line, such as "[data-node1] Running (Healthy) leader · timeline 3 - http://…".</summary>
    public static string Line(ResourceRow row, TerminalStyle style)
    {
        var health = row.Health is null ? "" : $" ({row.Health})";
        var details = Details(row, style) is { Length: > 0 } text ? $" {text}" : "";
        var endpoints = string.Join(", ", Endpoints(row, withNames: true)) is { Length: > 0 } urls ? $" - {urls}" : "";
        return TerminalText.Plain($"[{row.Name}] {StateOf(row)}{health}{details}{endpoints}");
    }

    /// <summary>The state, with the exit code of what ended.</summary>
    public static string StateOf(ResourceRow row) =>
        row.ExitCode is { } code && row.State is "Exited" or "Finished" or "FailedToStart"
            ? string.Create(CultureInfo.InvariantCulture, $"{row.State} ({code})")
            : row.State ?? "Unknown";

    /// <summary>What an integration tells about a resource, in its order: "leader · streaming · timeline 3 · lag 0". A word speaks for itself.</summary>
    public static string Details(ResourceRow row, TerminalStyle style) =>
        string.Join(style.Unicode ? " · " : ", ", CustomProperties(row).Select(property =>
            IsNumber(property.Value) || bool.TryParse(property.Value, out _) ? $"{ShortName(property.Name)} {property.Value}" : property.Value));

    public static IEnumerable<ResourceRowProperty> CustomProperties(ResourceRow row) => row.Properties.Where(property =>
        property.Value.Length > 0 && !WellKnownProperties.Any(prefix => property.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));

    public static bool IsNumber(string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static IEnumerable<string> Endpoints(ResourceRow row, bool withNames) => row.Urls.Where(url => !url.IsInternal).Select(url =>
        withNames && (url.DisplayName is { Length: > 0 } name ? name : url.Name) is { Length: > 0 } label && !url.Url.StartsWith(label + "://", StringComparison.Ordinal)
            ? $"{url.Url} ({label})"
            : url.Url);

    private static List<(ResourceRow Row, int Depth)> Ordered(IReadOnlyList<ResourceRow> rows)
    {
        var names = rows.Select(row => row.Name).ToHashSet();
        var children = rows.ToLookup(row => row.Parent is { } parent && parent != row.Name && names.Contains(parent) ? parent : "");
        var ordered = new List<(ResourceRow, int)>();
        Add("", 0);

        // What names itself as an ancestor is shown at the top rather than not at all.
        ordered.AddRange(rows.Except(ordered.Select(item => item.Item1)).Select(row => (row, 0)).ToList());
        return ordered;

        void Add(string parent, int depth)
        {
            foreach (var row in children[parent])
            {
                ordered.Add((row, depth));
                Add(row.Name, depth + 1);
            }
        }
    }

    private static Table NewTable(TerminalStyle style) => new Table
    {
        Border = style.Unicode ? TableBorder.Rounded : TableBorder.Ascii,
        BorderStyle = new Style(Color.Grey),
        ShowRowSeparators = false,
    };

    private static string StateColour(ResourceRow row) => (row.StateStyle, row.State, row.Health) switch
    {
        ("success", _, _) => "green",
        ("error", _, _) => "red",
        ("warning", _, _) => "yellow",
        (_, "FailedToStart" or "RuntimeUnhealthy", _) => "red",
        (_, "Running", "Unhealthy" or "Degraded") => "yellow",
        (_, "Running" or "Active", _) => "green",
        (_, "Exited", _) when row.ExitCode is not (null or 0) => "red",
        (_, "Exited" or "Finished" or "NotStarted", _) => "grey",
        _ => "yellow",
    };

    private static string HealthColour(string health) => health switch
    {
        "Healthy" => "green",
        "Unhealthy" => "red",
        _ => "yellow",
    };

    private static string Coloured(string text, string colour) => $"[{colour}]{Text(text)}[/]";

    private static string Text(string text) => Markup.Escape(string.Join('\n', text.Split('\n').Select(TerminalText.Plain)));

    private static string ShortName(string name) => name[(name.LastIndexOf('.') + 1)..];
}

using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>What the live display shows at a moment. Its caller keeps it from being used by two threads.</summary>
internal sealed class LiveFrame
{
    private readonly Dictionary<string, ResourceRow> _rows = [];
    private readonly List<string> _order = [];
    private readonly Dictionary<string, string> _progress = [];
    private IReadOnlyList<ConnectionRow> _connections = [];
    private string _status = "Starting...";

    /// <returns>Whether there is anything new to show.</returns>
    public bool Update(ResourceRow row)
    {
        if (_rows.TryAdd(row.Name, row))
        {
            _order.Add(row.Name);
            return !row.IsHidden;
        }

        var before = _rows[row.Name];
        _rows[row.Name] = row;
        var settled = row.State is "Running" or "FailedToStart" or "Exited" or "Finished" && _progress.Remove(row.Name);
        return settled || !LooksTheSame(before, row);
    }

    public bool Progress(string resource, string line)
    {
        _progress[resource] = line;
        return true;
    }

    public bool Ready(IReadOnlyList<ConnectionRow> connections, TimeSpan elapsed)
    {
        _connections = connections;
        _progress.Clear();
        _status = string.Create(CultureInfo.InvariantCulture, $"Ready after {elapsed.TotalSeconds:0.0} s. Ctrl-C stops everything.");
        return true;
    }

    public bool Stopping()
    {
        _status = "Stopping...";
        return true;
    }

    public IReadOnlyList<string> Lines(TerminalStyle style)
    {
        var blocks = new List<string>();
        var visible = _order.Select(name => _rows[name]).Where(row => !row.IsHidden).ToList();
        if (visible.Count > 0)
        {
            blocks.Add(style.Render(ResourceTable.Create(visible, style)));
        }

        if (_connections.Count > 0)
        {
            blocks.Add(style.Render(Connections(style)));
        }

        blocks.AddRange(_progress.Select(entry => Shortened($"{entry.Key}: {TerminalText.Plain(entry.Value)}", style.Width)));
        blocks.Add(style.Render(new Markup($"[bold]{_status}[/]")));
        return [.. blocks.SelectMany(block => block.Split('\n'))];
    }

    private Panel Connections(TerminalStyle style)
    {
        var lines = _connections
            .Select(connection => $"[bold]{Safe(connection.Name)}[/]  {Safe(connection.Masked)}")
            .Concat(_connections.Select(connection => connection.HowToReveal).Distinct().Select(sentence => $"[grey]{Safe(sentence)}[/]"));
        return new Panel(new Rows(lines.Select(IRenderable (line) => new Markup(line))))
        {
            Header = new PanelHeader("Connection strings"),
            Border = style.Unicode ? BoxBorder.Rounded : BoxBorder.Ascii,
            BorderStyle = new Style(Color.Grey),
        };
    }

    private static bool LooksTheSame(ResourceRow one, ResourceRow other) =>
        (one.State, one.StateStyle, one.Health, one.ExitCode, one.Parent, one.IsHidden)
            == (other.State, other.StateStyle, other.Health, other.ExitCode, other.Parent, other.IsHidden)
        && one.Urls.SequenceEqual(other.Urls)
        && ResourceTable.CustomProperties(one).SequenceEqual(ResourceTable.CustomProperties(other));

    private static string Safe(string text) => Markup.Escape(TerminalText.Plain(text));

    private static string Shortened(string text, int width) => text.Length <= width ? text : text[..Math.Max(width, 0)];
}

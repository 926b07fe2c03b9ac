using System.Globalization;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>One line per change, for files, pipes and CI.</summary>
internal sealed class PlainDisplay(TextWriter output, TerminalStyle style, TimeProvider time) : IResourceDisplay
{
    // A build writes hundreds of lines; these are enough to see that it goes on.
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceRow> _rows = [];
    private readonly List<string> _order = [];
    private readonly Dictionary<string, string> _shown = [];
    private readonly Dictionary<string, DateTimeOffset> _progressShown = [];

    public void Update(ResourceRow row)
    {
        lock (_lock)
        {
            if (_rows.TryAdd(row.Name, row))
            {
                _order.Add(row.Name);
            }

            _rows[row.Name] = row;
            var change = ChangeOf(row);
            if (!row.IsHidden && row.State is not null && _shown.GetValueOrDefault(row.Name) != change)
            {
                _shown[row.Name] = change;
                var health = row.Health is null ? "" : $" ({row.Health})";
                var details = ResourceTable.Details(row, style) is { Length: > 0 } text ? $"  {text}" : "";
                Write(row.Name, $"{ResourceTable.StateOf(row)}{health}{details}");
            }
        }
    }

    public void Progress(string resource, string line)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (!_progressShown.TryGetValue(resource, out var last) || now - last >= ProgressInterval)
            {
                _progressShown[resource] = now;
                Write(resource, line);
            }
        }
    }

    public void Notice(string line)
    {
        lock (_lock)
        {
            output.WriteLine(TerminalText.Plain(line));
            output.Flush();
        }
    }

    public void Ready(IReadOnlyList<ConnectionRow> connections, TimeSpan elapsed)
    {
        lock (_lock)
        {
            output.WriteLine();
            output.WriteLine(style.Render(ResourceTable.Create([.. _order.Select(name => _rows[name]).Where(row => !row.IsHidden)], style)));
            foreach (var connection in connections)
            {
                output.WriteLine($"{connection.Name}: {TerminalText.Plain(connection.Masked)}");
            }

            foreach (var sentence in connections.Select(connection => connection.HowToReveal).Distinct())
            {
                output.WriteLine(TerminalText.Plain(sentence));
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready after {elapsed.TotalSeconds:0.0} s. Ctrl-C stops everything."));
            output.Flush();
        }
    }

    public void Stopping() => Notice("Stopping...");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A number, such as a lag, moves all the time and is no change of state.
    private static string ChangeOf(ResourceRow row) => string.Join(
        '\n',
        ResourceTable.CustomProperties(row)
            .Where(property => !ResourceTable.IsNumber(property.Value))
            .Select(property => $"{property.Name}={property.Value}")
            .Prepend($"{ResourceTable.StateOf(row)} {row.Health}"));

    private void Write(string resource, string text)
    {
        output.WriteLine($"{time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {resource,-14} {TerminalText.Plain(text)}");
        output.Flush();
    }
}

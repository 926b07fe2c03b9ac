using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>
/// A table that is kept up to date in place, below what was written before. It is drawn only when something changes, and
/// leaves no mode of the terminal switched on, so that there is nothing to restore however the process ends.
/// </summary>
internal sealed class LiveDisplay : IResourceDisplay
{
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(250);

    private readonly TextWriter _output;
    private readonly TerminalStyle _style;
    private readonly Func<(int Width, int Height)> _size;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly LiveFrame _frame = new();
    private readonly List<string> _notices = [];
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _lifetime = new();
    private readonly PosixSignalRegistration? _resized;
    private readonly Task _drawing;
    private int _drawnLines;
    private int _drawnWidth;
    private bool _disposed;

    public LiveDisplay(TextWriter output, TerminalStyle style, Func<(int Width, int Height)> size, TimeProvider time)
    {
        _output = output;
        _style = style;
        _size = size;
        _time = time;
        _resized = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Changed());
        _drawing = DrawAsync(_lifetime.Token);
    }

    public static (int Width, int Height) ConsoleSize()
    {
        try
        {
            return (Console.WindowWidth, Console.WindowHeight);
        }
        catch (IOException)
        {
            return (80, 24);
        }
    }

    public void Update(ResourceRow row) => Change(() => _frame.Update(row));

    public void Progress(string resource, string line) => Change(() => _frame.Progress(resource, line));

    public void Notice(string line) => Change(() =>
    {
        _notices.AddRange(line.Split('\n'));
        return true;
    });

    public void Ready(IReadOnlyList<ConnectionRow> connections, TimeSpan elapsed) => Change(() => _frame.Ready(connections, elapsed));

    public void Stopping() => Change(_frame.Stopping);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _resized?.Dispose();
        await _lifetime.CancelAsync();
        await _drawing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            Draw();
        }

        _lifetime.Dispose();
    }

    private void Change(Func<bool> apply)
    {
        bool changed;
        lock (_lock)
        {
            changed = apply();
        }

        if (changed)
        {
            Changed();
        }
    }

    private void Changed() => _changes.Writer.TryWrite(true);

    private async Task DrawAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _changes.Reader.ReadAllAsync(cancellationToken))
        {
            lock (_lock)
            {
                Draw();
            }

            await Task.Delay(LeastInterval, _time, cancellationToken);
        }
    }

    private void Draw()
    {
        var (width, height) = _size();
        var lines = _frame.Lines(_style with { Width = width - 1 });
        if (lines.Count >= height && height > 2)
        {
            var hidden = lines.Count - (height - 2);
            lines = [.. lines.Take(height - 2), $"{hidden} more lines: enlarge the window"];
        }

        var text = new StringBuilder();

        // What the terminal made of the last frame at another width is unknown: begin again on an empty screen.
        text.Append(_drawnLines > 0 && width != _drawnWidth ? "\e[2J\e[H"
            : _drawnLines > 0 ? $"\e[{_drawnLines}A\r\e[0J"
            : "");
        foreach (var notice in _notices)
        {
            text.Append(TerminalText.Plain(notice)).Append("\r\n");
        }

        _notices.Clear();

        // A line that is too wide after all, for a character the terminal shows in two columns, must not become two lines.
        text.Append("\e[?7l");
        foreach (var line in lines)
        {
            text.Append(line).Append("\r\n");
        }

        text.Append("\e[?7h");
        _output.Write(text.ToString());
        _output.Flush();
        _drawnLines = lines.Count;
        _drawnWidth = width;
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace HaPgAspire.UnitTests.LocalTerminal;

/// <summary>As much of a terminal as the live display uses: it shows what a user would see.</summary>
internal sealed partial class Screen(int width, int height) : TextWriter
{
    private readonly List<StringBuilder> _lines = [new()];
    private readonly StringBuilder _pending = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _watched = [];
    private int _row;
    private int _column;
    private bool _wraps = true;

    public override Encoding Encoding => Encoding.UTF8;

    public int Width { get; set; } = width;

    public int Height { get; } = height;

    /// <summary>How often something was drawn.</summary>
    public int Draws { get; private set; }

    /// <summary>All lines, those that have scrolled out included.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines.Select(line => line.ToString().TrimEnd())];
            }
        }
    }

    public async Task WaitForAsync(string text, CancellationToken cancellationToken)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lines)
        {
            _watched.Add((text, seen));
        }

        Check();
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
    }

    public override void Write(string? value)
    {
        lock (_lines)
        {
            _pending.Append(value);
        }
    }

    public override void Flush()
    {
        lock (_lines)
        {
            Draws++;
            Show(_pending.ToString());
            _pending.Clear();
        }

        Check();
    }

    private void Check()
    {
        lock (_lines)
        {
            foreach (var (text, seen) in _watched.Where(watched => Lines.Any(line => line.Contains(watched.Text, StringComparison.Ordinal))))
            {
                seen.TrySetResult();
            }
        }
    }

    private void Show(string text)
    {
        foreach (Match match in Token().Matches(text))
        {
            var sequence = match.Groups["sequence"];
            switch (sequence.Success ? sequence.Value[^1] : match.Value[0])
            {
                case 'm' when sequence.Success:
                    break;
                case 'A' when sequence.Success:
                    _row = Math.Max(_row - int.Parse(sequence.Value[..^1], null), Math.Max(_lines.Count - Height, 0));
                    break;
                case 'J' when sequence.Value == "0J":
                    _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                    _lines[_row].Length = Math.Min(_lines[_row].Length, _column);
                    break;
                case 'J' when sequence.Value == "2J":
                    foreach (var line in _lines.Skip(Math.Max(_lines.Count - Height, 0)))
                    {
                        line.Clear();
                    }

                    break;
                case 'H' when sequence.Success:
                    _row = Math.Max(_lines.Count - Height, 0);
                    _column = 0;
                    break;
                case 'l' or 'h' when sequence.Value.StartsWith("?7", StringComparison.Ordinal):
                    _wraps = sequence.Value[^1] == 'h';
                    break;
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    NextRow();
                    break;
                default:
                    Assert.False(sequence.Success, $"The terminal doesn't know {match.Value}");
                    Put(match.Value[0]);
                    break;
            }
        }
    }

    private void Put(char character)
    {
        if (_column >= Width)
        {
            if (!_wraps)
            {
                return;
            }

            NextRow();
            _column = 0;
        }

        var line = _lines[_row];
        line.Append(' ', Math.Max(_column - line.Length, 0));
        if (_column < line.Length)
        {
            line[_column] = character;
        }
        else
        {
            line.Append(character);
        }

        _column++;
    }

    private void NextRow()
    {
        if (++_row == _lines.Count)
        {
            _lines.Add(new());
        }
    }

    [GeneratedRegex(@"\e\[(?<sequence>[?0-9;]*[A-Za-z])|.", RegexOptions.Singleline)]
    private static partial Regex Token();
}

using System.Text;
using System.Text.RegularExpressions;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>Makes lines of what a build writes and keeps the last ones for the case that it fails.</summary>
internal sealed partial class BuildOutput(Action<string> report)
{
    private const int KeptLines = 15;

    private readonly Queue<string> _last = new();
    private readonly StringBuilder _partial = new();
    private string? _error;

    public void Add(string? text, string? error)
    {
        _error ??= error;
        foreach (var character in text ?? "")
        {
            if (character is not ('\n' or '\r'))
            {
                _partial.Append(character);
                continue;
            }

            Flush();
        }
    }

    /// <exception cref="ImageBuildException">The engine reported an error.</exception>
    public void ThrowIfFailed(string repository)
    {
        Flush();
        if (_error is not null)
        {
            string[] lines = [.. _last];
            var reason = Ansi().Replace(_error, "").Trim().TrimEnd('.');
            throw new ImageBuildException(
                repository,
                $"Building image '{repository}' failed: {reason}.{(lines.Length == 0 ? "" : $" Its last lines:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", lines)}")}",
                lines);
        }
    }

    private void Flush()
    {
        var line = Ansi().Replace(_partial.ToString(), "").TrimEnd();
        _partial.Clear();
        if (line.Length == 0)
        {
            return;
        }

        if (_last.Count == KeptLines)
        {
            _last.Dequeue();
        }

        _last.Enqueue(line);
        report(line);
    }

    // The classic builder colours what a step writes to standard error.
    [GeneratedRegex(@"\x1B\[[0-9;?]*[ -/]*[@-~]")]
    private static partial Regex Ansi();
}

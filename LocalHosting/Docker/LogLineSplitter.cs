using System.Globalization;
using System.Text;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>Makes lines of one of a container's two output streams.</summary>
internal sealed class LogLineSplitter(bool isError, bool timestamps)
{
    // A process that never writes a line end must not fill the memory.
    private const int LongestLine = 64 * 1024;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();

    public IReadOnlyList<ContainerLogLine> Add(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[_decoder.GetCharCount(bytes, flush: false)];
        _decoder.GetChars(bytes, characters, flush: false);
        var lines = new List<ContainerLogLine>();
        foreach (var character in characters)
        {
            if (character == '\n' || _line.Length >= LongestLine)
            {
                lines.Add(Take());
            }

            if (character != '\n')
            {
                _line.Append(character);
            }
        }

        return lines;
    }

    public IReadOnlyList<ContainerLogLine> End() => _line.Length > 0 ? [Take()] : [];

    private ContainerLogLine Take()
    {
        var text = _line.ToString().TrimEnd('\r');
        _line.Clear();
        if (timestamps
            && text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var blank
            && DateTimeOffset.TryParse(text.AsSpan(0, blank), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return new ContainerLogLine(text[(blank + 1)..], isError, time);
        }

        return new ContainerLogLine(text, isError);
    }
}

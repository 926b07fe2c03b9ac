using System.Text;
using System.Text.RegularExpressions;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>The patterns of a `.dockerignore`: `*`, `?`, `**`, character classes, `!` exceptions, `#` comments; the last match counts.</summary>
internal sealed class DockerIgnore
{
    private readonly List<(Regex Pattern, bool Excludes)> _rules = [];

    public static DockerIgnore None { get; } = new([]);

    public DockerIgnore(IEnumerable<string> lines)
    {
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var exception = line[0] == '!';
            var pattern = (exception ? line[1..] : line).Trim().Trim('/');
            if (pattern.StartsWith("./", StringComparison.Ordinal))
            {
                pattern = pattern[2..];
            }

            if (pattern.Length > 0)
            {
                // What lies under a matched directory is matched with it.
                var regex = new Regex($"^{Translate(pattern)}(/.*)?$", RegexOptions.CultureInvariant | RegexOptions.Singleline);
                _rules.Add((regex, !exception));
                HasExceptions |= exception;
            }
        }
    }

    /// <summary>With exceptions, something under an excluded directory may still be wanted.</summary>
    public bool HasExceptions { get; }

    /// <param name="path">Relative to the context, with '/' between the parts.</param>
    public bool Excludes(string path)
    {
        var excluded = false;
        foreach (var (pattern, excludes) in _rules)
        {
            if (excluded != excludes && pattern.IsMatch(path))
            {
                excluded = excludes;
            }
        }

        return excluded;
    }

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' when i + 1 < pattern.Length && pattern[i + 1] == '*':
                    var slash = i + 2 < pattern.Length && pattern[i + 2] == '/';
                    regex.Append(slash ? "(.*/)?" : ".*");
                    i += slash ? 2 : 1;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[' when pattern.IndexOf(']', i) is var end && end > i + 1:
                    regex.Append(pattern, i, end - i + 1);
                    i = end;
                    break;
                case '\\' when i + 1 < pattern.Length:
                    regex.Append(Regex.Escape(pattern[++i].ToString()));
                    break;
                default:
                    regex.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }

        return regex.ToString();
    }
}

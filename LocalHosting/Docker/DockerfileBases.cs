using System.Text.RegularExpressions;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>Which images a Dockerfile builds upon.</summary>
internal static partial class DockerfileBases
{
    /// <summary>
    /// The images named by `FROM` and `COPY --from` up to the target stage, without earlier stages and `scratch`. A name that
    /// still holds an unresolved variable is left out: the engine will say what is wrong with it.
    /// </summary>
    /// <param name="target">The stage that is built, by name or number; null is the last.</param>
    public static IReadOnlyList<string> Find(string dockerfile, string? target, IReadOnlyDictionary<string, string> buildArguments)
    {
        var variables = new Dictionary<string, string>();
        var stages = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var images = new List<string>();
        var stage = -1;

        foreach (var line in Instructions(dockerfile))
        {
            if (stage < 0 && Argument().Match(line) is { Success: true } argument)
            {
                var name = argument.Groups["name"].Value;
                variables[name] = buildArguments.GetValueOrDefault(name, Resolve(argument.Groups["value"].Value.Trim('"', '\''), variables));
            }
            else if (From().Match(line) is { Success: true } from)
            {
                if (stage >= 0 && target is not null && IsStage(target, stage, stages))
                {
                    break;
                }

                Add(Resolve(from.Groups["image"].Value, variables));
                stages.Add((++stage).ToString(System.Globalization.CultureInfo.InvariantCulture));
                if (from.Groups["stage"] is { Success: true } name)
                {
                    stages.Add(name.Value);
                }
            }
            else if (CopyFrom().Match(line) is { Success: true } copy)
            {
                Add(copy.Groups["image"].Value);
            }
        }

        return images;

        void Add(string image)
        {
            if (!stages.Contains(image) && !image.Equals("scratch", StringComparison.OrdinalIgnoreCase)
                && !image.Contains('$', StringComparison.Ordinal) && image.Length > 0 && !images.Contains(image))
            {
                images.Add(image);
            }
        }
    }

    private static bool IsStage(string target, int stage, HashSet<string> stages) =>
        int.TryParse(target, out var number) ? number == stage : stages.Contains(target);

    private static IEnumerable<string> Instructions(string dockerfile)
    {
        var pending = "";
        foreach (var raw in dockerfile.Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (line.EndsWith('\\'))
            {
                pending += line[..^1] + " ";
                continue;
            }

            yield return pending + line;
            pending = "";
        }
    }

    private static string Resolve(string text, Dictionary<string, string> variables) => Variable().Replace(text, match =>
        variables.GetValueOrDefault(match.Groups["name"].Value) is { Length: > 0 } value ? value
        : match.Groups["default"] is { Success: true } fallback ? fallback.Value
        : match.Value);

    [GeneratedRegex(@"^ARG\s+(?<name>\w+)(=(?<value>\S*))?", RegexOptions.IgnoreCase)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^FROM\s+(--platform=\S+\s+)?(?<image>\S+)(\s+AS\s+(?<stage>\S+))?", RegexOptions.IgnoreCase)]
    private static partial Regex From();

    [GeneratedRegex(@"^COPY\s+(--\S+\s+)*--from=(?<image>\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex CopyFrom();

    [GeneratedRegex(@"\$(\{(?<name>\w+)(:-(?<default>[^}]*))?\}|(?<name>\w+))")]
    private static partial Regex Variable();
}

using System.Globalization;
using System.Text;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>The arguments of a resource's command on the command line: `--name value`, by exact or by kebab-case name.</summary>
internal static class CommandArguments
{
    /// <summary>Only what is given is returned: the app host knows the defaults.</summary>
    /// <exception cref="TerminalException">An argument is unknown, missing, or its value is not of its kind.</exception>
    public static IReadOnlyDictionary<string, string?> Parse(ResourceRowCommand command, IReadOnlyList<string> tokens)
    {
        var declared = command.Arguments ?? [];
        var given = new Dictionary<string, string?>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var equals = token.IndexOf('=', StringComparison.Ordinal);
            var name = equals > 0 ? token[..equals] : token;
            var argument = declared.FirstOrDefault(argument => IsNamed(argument, name))
                ?? throw Wrong($"Command '{command.Name}' doesn't know '{token}'; it takes {Describe(declared)}.");
            var value = equals > 0 ? token[(equals + 1)..]
                : i + 1 < tokens.Count && (argument.Kind != ResourceRowArgumentKind.Boolean || bool.TryParse(tokens[i + 1], out _)) ? tokens[++i]
                : argument.Kind == ResourceRowArgumentKind.Boolean ? "true"
                : throw Wrong($"Option '{name}' needs a value.");
            given[argument.Name] = Checked(argument, value);
        }

        var missing = declared.Where(argument => argument is { Required: true, DefaultValue: null } && !given.ContainsKey(argument.Name))
            .Select(argument => $"'--{KebabCase(argument.Name)}'").ToList();
        return missing.Count switch
        {
            0 => given,
            1 => throw Wrong($"Required option {missing[0]} was not provided."),
            _ => throw Wrong($"Required options were not provided: {string.Join(", ", missing)}."),
        };
    }

    public static string KebabCase(string name)
    {
        var kebab = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))) && name[i - 1] != '-')
            {
                kebab.Append('-');
            }

            kebab.Append(name[i] == '_' ? '-' : char.ToLowerInvariant(name[i]));
        }

        return kebab.ToString();
    }

    private static bool IsNamed(ResourceRowArgument argument, string name) =>
        string.Equals(name, "--" + argument.Name, StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, "--" + KebabCase(argument.Name), StringComparison.OrdinalIgnoreCase);

    private static string Checked(ResourceRowArgument argument, string value)
    {
        switch (argument.Kind)
        {
            case ResourceRowArgumentKind.Boolean when !bool.TryParse(value, out _):
                throw Wrong($"Option '--{KebabCase(argument.Name)}' cannot be '{value}'; expected true or false.");
            case ResourceRowArgumentKind.Number when !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _):
                throw Wrong($"Option '--{KebabCase(argument.Name)}' cannot be '{value}'; expected a number.");
            case ResourceRowArgumentKind.Choice when argument.AllowedValues is { Count: > 0 } allowed && !allowed.Contains(value):
                throw Wrong($"Option '--{KebabCase(argument.Name)}' cannot be '{value}'; allowed are {string.Join(", ", allowed)}.");
            default:
                return value;
        }
    }

    private static string Describe(IReadOnlyList<ResourceRowArgument> declared) =>
        declared.Count == 0 ? "no options" : string.Join(", ", declared.Select(argument => $"--{KebabCase(argument.Name)}"));

    private static TerminalException Wrong(string message) => new(message, ExitCodes.InvalidCommand);
}

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>What a verb understands on its command line.</summary>
/// <param name="Usage">After the verb, for the help.</param>
/// <param name="Positionals">How many arguments without a name it takes at most.</param>
/// <param name="Flags">Options without a value, by every name they have; the value is the name to ask for.</param>
/// <param name="Options">Options with a value, likewise.</param>
/// <param name="Help">What the options mean, for the help.</param>
internal sealed record VerbSyntax(
    string Usage,
    string Summary,
    int Positionals,
    IReadOnlyDictionary<string, string> Flags,
    IReadOnlyDictionary<string, string> Options,
    IReadOnlyList<(string Option, string Meaning)> Help)
{
    /// <summary>Whether what it doesn't know is left for a resource's command.</summary>
    public bool PassesRest { get; init; }
}

/// <summary>A verb's command line, parsed.</summary>
internal sealed class VerbArguments
{
    private readonly HashSet<string> _flags = [];
    private readonly Dictionary<string, string> _options = [];
    private readonly List<string> _positionals = [];
    private readonly List<string> _rest = [];

    public IReadOnlyList<string> Positionals => _positionals;

    /// <summary>What the verb leaves for a resource's command.</summary>
    public IReadOnlyList<string> Rest => _rest;

    /// <exception cref="TerminalException">An option is unknown or lacks its value, or there are too many arguments.</exception>
    public static VerbArguments Parse(VerbSyntax syntax, IReadOnlyList<string> arguments)
    {
        var parsed = new VerbArguments();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--" && syntax.PassesRest)
            {
                parsed._rest.AddRange(arguments.Skip(i + 1));
                break;
            }

            var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals > 0 ? argument[..equals] : argument;
            if (syntax.Flags.TryGetValue(argument, out var flag))
            {
                parsed._flags.Add(flag);
            }
            else if (syntax.Options.TryGetValue(name, out var option))
            {
                var value = equals > 0 ? argument[(equals + 1)..] : i + 1 < arguments.Count ? arguments[++i] : "";
                parsed._options[option] = value.Length > 0 ? value : throw Wrong($"Option '{name}' needs a value.");
            }
            else if (!argument.StartsWith('-') && parsed._positionals.Count < syntax.Positionals && parsed._rest.Count == 0)
            {
                parsed._positionals.Add(argument);
            }
            else if (syntax.PassesRest)
            {
                parsed._rest.Add(argument);
            }
            else
            {
                throw Wrong(argument.StartsWith('-') ? $"Option '{argument}' is not known." : $"Argument '{argument}' is one too many.");
            }
        }

        return parsed;
    }

    public bool Has(string flag) => _flags.Contains(flag);

    public string? Value(string option) => _options.GetValueOrDefault(option);

    private static TerminalException Wrong(string message) => new($"{message} --help shows what there is.", ExitCodes.InvalidCommand);
}

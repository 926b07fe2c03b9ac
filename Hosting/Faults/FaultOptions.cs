using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>The command line of the verb <c>faults</c>.</summary>
internal sealed record FaultOptions
{
    /// <summary>The verb, and the cluster's command.</summary>
    public const string Verb = "faults";

    /// <summary>Runs per case for a median that means something.</summary>
    public const int MostRuns = 100;

    /// <summary>The highest rate that the probe takes.</summary>
    public const int HighestRate = 1000;

    /// <summary>The cases to run; all when empty. A name with <c>*</c> at its end stands for all that begin so; the name of a family for all of it.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>How often each case is run.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>The probe's writes per second. Default 100: a write every 10 ms is the resolution that outages are quoted with.</summary>
    public int Rate { get; init; } = 100;

    /// <summary>The profiles to run the cases with, one after the other; the app host's own when empty.</summary>
    public IReadOnlyList<ClusterProfile> Profiles { get; init; } = [];

    /// <summary>The folder for the report's files.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "faults");

    /// <summary>Whether to list the cases and run none.</summary>
    public bool List { get; init; }

    /// <summary>Whether to run all cases in this app host; it has been given what they need.</summary>
    public bool Here { get; init; }

    /// <summary>What the app host was given besides: <c>--Cluster:…</c> and other settings, passed on to the app hosts that are started for single cases.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Reads what follows the verb.</summary>
    /// <exception cref="ClusterException">An option is unknown, or a value is out of its bounds.</exception>
    public static FaultOptions Parse(IEnumerable<string> arguments)
    {
        var names = new List<string>();
        var settings = new List<string>();
        var options = new FaultOptions();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out string? argument))
        {
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                names.Add(argument);
                continue;
            }

            string[] parts = argument.Split('=', 2);
            if (parts[0].Contains(':', StringComparison.Ordinal))
            {
                settings.Add(parts.Length == 2 ? argument : $"{argument}={Value(parts, rest)}");
                continue;
            }

            options = parts[0] switch
            {
                "--list" => options with { List = true },
                "--here" => options with { Here = true },
                "--runs" => options with { Runs = Number(parts[0], Value(parts, rest), MostRuns) },
                "--rate" => options with { Rate = Number(parts[0], Value(parts, rest), HighestRate) },
                "--profile" => options with { Profiles = [.. Value(parts, rest).Split(',', StringSplitOptions.TrimEntries).Select(Profile)] },
                "--output" => options with { Output = Value(parts, rest) },
                _ => throw new ClusterException($"{argument} is no option of `{Verb}`: there are --list, --runs, --rate, --profile, --output, --here, and the app host's own settings (--Cluster:…)."),
            };
        }

        return options with { Names = names, Settings = settings };
    }

    /// <summary>The cases that the names ask for, in the suite's order.</summary>
    /// <exception cref="ClusterException">A name fits no case.</exception>
    public IReadOnlyList<FaultCase> Select(IReadOnlyList<FaultCase> all)
    {
        foreach (string name in Names.Where(name => !all.Any(one => Fits(name, one))))
        {
            throw new ClusterException($"There is no fault case '{name}': `{Verb} --list` shows them.");
        }

        return [.. all.Where(one => Names.Count == 0 || Names.Any(name => Fits(name, one)))];
    }

    private static bool Fits(string name, FaultCase one) => name.EndsWith('*')
        ? one.Name.StartsWith(name[..^1], StringComparison.OrdinalIgnoreCase)
        : string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase) || string.Equals(one.Family.ToString(), name, StringComparison.OrdinalIgnoreCase);

    private static string Value(string[] parts, Queue<string> rest) => parts.Length == 2
        ? parts[1]
        : rest.TryDequeue(out string? value) ? value : throw new ClusterException($"{parts[0]} needs a value.");

    private static int Number(string option, string value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most
            ? number
            : throw new ClusterException($"{option} is '{value}' and must be 1 to {most}.");

    private static ClusterProfile Profile(string value) =>
        Enum.TryParse(value, ignoreCase: true, out ClusterProfile profile) && Enum.IsDefined(profile)
            ? profile
            : throw new ClusterException($"--profile is '{value}' and must be one or more of {string.Join(", ", Enum.GetNames<ClusterProfile>())}, separated by commas.");
}

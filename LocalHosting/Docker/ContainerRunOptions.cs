using System.Globalization;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>The `docker run` options that a resource may pass to the engine, parsed.</summary>
internal sealed record ContainerRunOptions
{
    public IReadOnlyList<string> CapAdd { get; private init; } = [];

    public IReadOnlyList<string> CapDrop { get; private init; } = [];

    public IReadOnlyList<string> SecurityOptions { get; private init; } = [];

    public IReadOnlyDictionary<string, string> Tmpfs { get; private init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Sysctls { get; private init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> ExtraHosts { get; private init; } = [];

    public IReadOnlyList<UlimitOption> Ulimits { get; private init; } = [];

    public bool ReadOnly { get; private init; }

    public bool Init { get; private init; }

    public string? User { get; private init; }

    public string? Hostname { get; private init; }

    public string? StopSignal { get; private init; }

    public TimeSpan? StopTimeout { get; private init; }

    /// <summary>Bytes.</summary>
    public long? SharedMemory { get; private init; }

    /// <summary>Bytes.</summary>
    public long? Memory { get; private init; }

    /// <summary>Billionths of a CPU.</summary>
    public long? NanoCpus { get; private init; }

    public long? ProcessLimit { get; private init; }

    public RestartOption? Restart { get; private init; }

    /// <summary>Parses arguments such as `--cap-drop ALL --shm-size=256m`; value and name may be one argument or two.</summary>
    /// <exception cref="EngineException">An option is unknown, lacks its value, or the value cannot be used; the message names it.</exception>
    public static ContainerRunOptions Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new ContainerRunOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, attached) = Split(arguments[i]);
            if (Flags.TryGetValue(name, out var flag))
            {
                parsed = flag(parsed, attached is null || Boolean(name, attached));
                continue;
            }

            if (!Values.TryGetValue(name, out var apply))
            {
                throw new EngineException(
                    $"Container runtime argument '{arguments[i]}' is not supported; supported are "
                    + $"{string.Join(", ", Flags.Keys.Concat(Values.Keys).Where(key => key.StartsWith("--", StringComparison.Ordinal)).Order(StringComparer.Ordinal))}.");
            }

            var value = attached ?? (i + 1 < arguments.Count ? arguments[++i] : null);
            if (string.IsNullOrEmpty(value))
            {
                throw new EngineException($"Container runtime argument '{name}' needs a value.");
            }

            parsed = apply(parsed, value);
        }

        return parsed;
    }

    private static readonly Dictionary<string, Func<ContainerRunOptions, bool, ContainerRunOptions>> Flags = new()
    {
        ["--read-only"] = (options, on) => options with { ReadOnly = on },
        ["--init"] = (options, on) => options with { Init = on },
    };

    private static readonly Dictionary<string, Func<ContainerRunOptions, string, ContainerRunOptions>> Values = new()
    {
        ["--add-host"] = (options, value) => options with { ExtraHosts = [.. options.ExtraHosts, HostLine(value)] },
        ["--cap-add"] = (options, value) => options with { CapAdd = [.. options.CapAdd, value] },
        ["--cap-drop"] = (options, value) => options with { CapDrop = [.. options.CapDrop, value] },
        ["--cpus"] = (options, value) => options with { NanoCpus = Cpus(value) },
        ["--hostname"] = (options, value) => options with { Hostname = value },
        ["-h"] = (options, value) => options with { Hostname = value },
        ["--memory"] = (options, value) => options with { Memory = Bytes("--memory", value) },
        ["-m"] = (options, value) => options with { Memory = Bytes("-m", value) },
        ["--pids-limit"] = (options, value) => options with { ProcessLimit = Number("--pids-limit", value, minimum: -1) },
        ["--restart"] = (options, value) => options with { Restart = RestartOption.Parse(value) },
        ["--security-opt"] = (options, value) => options with { SecurityOptions = [.. options.SecurityOptions, value] },
        ["--shm-size"] = (options, value) => options with { SharedMemory = Bytes("--shm-size", value) },
        ["--stop-signal"] = (options, value) => options with { StopSignal = value },
        ["--stop-timeout"] = (options, value) => options with { StopTimeout = TimeSpan.FromSeconds(Number("--stop-timeout", value, minimum: 0)) },
        ["--sysctl"] = (options, value) => options with { Sysctls = With(options.Sysctls, Pair("--sysctl", value, '=')) },
        ["--tmpfs"] = (options, value) => options with { Tmpfs = With(options.Tmpfs, TmpfsMount(value)) },
        ["--ulimit"] = (options, value) => options with { Ulimits = [.. options.Ulimits, UlimitOption.Parse(value)] },
        ["--user"] = (options, value) => options with { User = value },
        ["-u"] = (options, value) => options with { User = value },
    };

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return argument.StartsWith("--", StringComparison.Ordinal) && equals > 0
            ? (argument[..equals], argument[(equals + 1)..])
            : (argument, null);
    }

    private static bool Boolean(string name, string value) =>
        bool.TryParse(value, out var on) ? on : throw Unusable(name, value, "true or false");

    private static string HostLine(string value)
    {
        var (host, address) = Pair("--add-host", value, value.Contains('=', StringComparison.Ordinal) ? '=' : ':');
        return $"{host}:{address}";
    }

    private static KeyValuePair<string, string> TmpfsMount(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new(value, "") : new(value[..colon], value[(colon + 1)..]);
    }

    private static KeyValuePair<string, string> Pair(string name, string value, char separator)
    {
        var at = value.IndexOf(separator, StringComparison.Ordinal);
        return at > 0 && at < value.Length - 1
            ? new(value[..at], value[(at + 1)..])
            : throw Unusable(name, value, $"name{separator}value");
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> known, KeyValuePair<string, string> added) =>
        new(known) { [added.Key] = added.Value };

    internal static long Number(string name, string value, long minimum) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= minimum
            ? number
            : throw Unusable(name, value, $"a whole number of at least {minimum}");

    private static long Cpus(string value) =>
        decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cpus) && cpus is > 0 and <= 1024
            ? (long)(cpus * 1_000_000_000)
            : throw Unusable("--cpus", value, "a number of CPUs such as 1.5");

    private static long Bytes(string name, string value)
    {
        var text = value.TrimEnd('b', 'B');
        var factor = text.Length > 0 ? char.ToLowerInvariant(text[^1]) switch { 'k' => 1L << 10, 'm' => 1L << 20, 'g' => 1L << 30, _ => 0 } : 0;
        var digits = factor > 0 ? text[..^1] : text;
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && number <= long.MaxValue / Math.Max(factor, 1)
                ? number * Math.Max(factor, 1)
                : throw Unusable(name, value, "a size such as 64m or 1g");
    }

    internal static EngineException Unusable(string name, string value, string expected) =>
        new($"Container runtime argument '{name}' cannot be '{value}'; expected {expected}.");
}

/// <param name="Policy">"no", "always", "on-failure" or "unless-stopped".</param>
/// <param name="MaximumRetries">Of "on-failure"; 0 is without limit.</param>
internal sealed record RestartOption(string Policy, int MaximumRetries = 0)
{
    public static RestartOption Parse(string value)
    {
        var parts = value.Split(':', 2);
        return (parts[0], parts.Length) switch
        {
            ("no" or "always" or "unless-stopped" or "on-failure", 1) => new RestartOption(parts[0]),
            ("on-failure", 2) => new RestartOption(parts[0], (int)ContainerRunOptions.Number("--restart", parts[1], minimum: 0)),
            _ => throw ContainerRunOptions.Unusable("--restart", value, "no, always, unless-stopped or on-failure[:retries]"),
        };
    }
}

internal sealed record UlimitOption(string Name, long Soft, long Hard)
{
    public static UlimitOption Parse(string value)
    {
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw ContainerRunOptions.Unusable("--ulimit", value, "name=soft[:hard]");
        }

        var limits = value[(equals + 1)..].Split(':', 2);
        var soft = ContainerRunOptions.Number("--ulimit", limits[0], minimum: -1);
        var hard = limits.Length == 2 ? ContainerRunOptions.Number("--ulimit", limits[1], minimum: -1) : soft;
        return new UlimitOption(value[..equals], soft, hard);
    }
}

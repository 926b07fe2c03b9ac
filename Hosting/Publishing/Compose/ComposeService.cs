using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>A service of <c>docker-compose.yaml</c>.</summary>
internal sealed record ComposeService
{
    public required string Image { get; init; }

    public ComposeBuild? Build { get; init; }

    public IReadOnlyList<string>? Profiles { get; init; }

    public required string Hostname { get; init; }

    // Quoted: YAML 1.1 reads 0:0 as one number in base 60.
    [YamlMember(ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string? User { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    // Quoted: YAML 1.1 reads 22:22 as one number in base 60.
    [YamlMember(ScalarStyle = ScalarStyle.DoubleQuoted)]
    public IReadOnlyList<string>? Ports { get; init; }

    public IReadOnlyList<ComposeMount>? Volumes { get; init; }

    public IReadOnlyList<string>? Tmpfs { get; init; }

    public IReadOnlyList<string>? Networks { get; init; }

    public string? NetworkMode { get; init; }

    public IReadOnlyDictionary<string, ComposeDependency>? DependsOn { get; init; }

    public ComposeHealthCheck? Healthcheck { get; init; }

    public required string Restart { get; init; }

    public string? StopGracePeriod { get; init; }

    public string? ShmSize { get; init; }

    public bool? ReadOnly { get; init; }

    public int? PidsLimit { get; init; }

    public IReadOnlyList<string>? CapDrop { get; init; }

    public IReadOnlyList<string>? CapAdd { get; init; }

    public IReadOnlyList<string>? SecurityOpt { get; init; }

    public required ComposeLogging Logging { get; init; }
}

/// <summary>How a service's image is built.</summary>
internal sealed record ComposeBuild
{
    public required string Context { get; init; }

    public required string Dockerfile { get; init; }

    public string? Target { get; init; }

    public IReadOnlyDictionary<string, string>? Args { get; init; }
}

/// <summary>A volume or a file that a service sees.</summary>
internal sealed record ComposeMount
{
    public required string Type { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    public bool? ReadOnly { get; init; }

    public ComposeBind? Bind { get; init; }
}

/// <summary>How a file of the host is mounted.</summary>
internal sealed record ComposeBind
{
    /// <summary>Whether Docker makes a folder of a path that is missing; better an error.</summary>
    public required bool CreateHostPath { get; init; }
}

/// <summary>What a service waits for.</summary>
internal sealed record ComposeDependency
{
    public required string Condition { get; init; }
}

/// <summary>How Docker finds out whether a service is healthy.</summary>
internal sealed record ComposeHealthCheck
{
    public required IReadOnlyList<string> Test { get; init; }

    public required string Interval { get; init; }

    public required string Timeout { get; init; }

    public required int Retries { get; init; }

    public required string StartPeriod { get; init; }
}

/// <summary>Where a service's log goes.</summary>
internal sealed record ComposeLogging
{
    public required string Driver { get; init; }

    public required IReadOnlyDictionary<string, string> Options { get; init; }
}

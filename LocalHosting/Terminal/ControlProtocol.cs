using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>
/// What goes over the socket: one request per connection, one line of JSON; then lines of JSON until the answer is complete,
/// the last of them of kind <see cref="ControlResponseKind.End"/> or <see cref="ControlResponseKind.Error"/>. A client that goes
/// away cancels its request.
/// </summary>
internal sealed record ControlRequest(ControlVerb Verb)
{
    public string? Resource { get; init; }

    public string? Command { get; init; }

    public IReadOnlyDictionary<string, string?>? Arguments { get; init; }

    public bool Follow { get; init; }

    /// <summary>Of logs: how many of the kept lines to begin with; null is all.</summary>
    public int? Tail { get; init; }
}

internal enum ControlVerb
{
    /// <summary>Who is there: one <see cref="ControlResponse.AppHost"/>.</summary>
    Hello,

    /// <summary>The resources; with <see cref="ControlRequest.Follow"/>, then every change.</summary>
    Resources,

    /// <summary>Lines of console output.</summary>
    Logs,

    /// <summary>Runs a resource's command: one <see cref="ControlResponse.Outcome"/>.</summary>
    Execute,

    /// <summary>Begins the orderly stop.</summary>
    Stop,
}

internal enum ControlResponseKind
{
    Item,
    Error,
    End,
}

internal sealed record ControlResponse(ControlResponseKind Kind)
{
    public AppHostInfo? AppHost { get; init; }

    public ResourceRow? Resource { get; init; }

    public LogRow? Log { get; init; }

    public CommandOutcome? Outcome { get; init; }

    /// <summary>A sentence for the user.</summary>
    public string? Error { get; init; }

    /// <summary>What the verb exits with after <see cref="Error"/>.</summary>
    public int? ExitCode { get; init; }
}

/// <summary>A running app host.</summary>
/// <param name="AppHostPath">Its project file, or the project's directory where the file isn't known.</param>
internal sealed record AppHostInfo(string AppHostPath, int AppHostPid, DateTimeOffset StartedAt)
{
    [JsonIgnore]
    public string Directory => AppHostPath.EndsWith("proj", StringComparison.OrdinalIgnoreCase) && Path.HasExtension(AppHostPath)
        ? Path.GetDirectoryName(AppHostPath)!
        : AppHostPath;
}

[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlResponse))]
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ControlJson : JsonSerializerContext;

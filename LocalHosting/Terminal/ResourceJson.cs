using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>The JSON of `describe`, `logs` and `ps`: the fields of the Aspire command line's, as far as they are known here.</summary>
internal sealed record ResourceJson(
    string Name,
    string DisplayName,
    string ResourceType,
    string? State,
    string? StateStyle,
    string? HealthStatus,
    int? ExitCode,
    DateTimeOffset? CreationTimestamp,
    DateTimeOffset? StartTimestamp,
    DateTimeOffset? StopTimestamp,
    string? Source,
    IReadOnlyList<RelationshipJson>? Relationships,
    IReadOnlyList<UrlJson> Urls,
    IReadOnlyDictionary<string, string> Properties,
    IReadOnlyDictionary<string, CommandJson> Commands)
{
    public static ResourceJson From(ResourceRow row) => new(
        row.Name,
        row.Name,
        row.Type,
        row.State,
        row.StateStyle,
        row.Health,
        row.ExitCode,
        row.CreatedAt,
        row.StartedAt,
        row.StoppedAt,
        row.Source,
        row.Parent is { } parent ? [new RelationshipJson("Parent", parent)] : null,
        [.. row.Urls.Select(url => new UrlJson(url.Name, url.DisplayName, url.Url, url.IsInternal))],
        row.Properties.DistinctBy(property => property.Name).ToDictionary(property => property.Name, property => property.Value),
        row.Commands.Where(command => command.Enabled).DistinctBy(command => command.Name).ToDictionary(
            command => command.Name,
            command => new CommandJson(command.DisplayName, command.Description)));
}

internal sealed record RelationshipJson(string Type, string ResourceName);

internal sealed record UrlJson(
    string? Name,
    string? DisplayName,
    string Url,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsInternal);

internal sealed record CommandJson(string? DisplayName, string? Description);

internal sealed record ResourcesJson(IReadOnlyList<ResourceJson> Resources);

internal sealed record LogLineJson(string ResourceName, string? Timestamp, string Content, bool IsError);

internal sealed record LogsJson(IReadOnlyList<LogLineJson> Logs);

internal sealed record AppHostJson(string AppHostPath, int AppHostPid, string Status);

[JsonSerializable(typeof(ResourceJson))]
[JsonSerializable(typeof(ResourcesJson))]
[JsonSerializable(typeof(LogLineJson))]
[JsonSerializable(typeof(LogsJson))]
[JsonSerializable(typeof(IReadOnlyList<AppHostJson>))]
internal sealed partial class OutputJson : JsonSerializerContext
{
    /// <summary>One document.</summary>
    public static OutputJson Document { get; } = new(Layout(indented: true));

    /// <summary>One of many, on a line of its own.</summary>
    public static OutputJson Line { get; } = new(Layout(indented: false));

    private static JsonSerializerOptions Layout(bool indented) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

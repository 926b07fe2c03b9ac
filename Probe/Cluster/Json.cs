using System.Text.Json;

namespace HaPgAspire.Probe.Cluster;

/// <summary>Reads what may be missing or of another kind than expected.</summary>
internal static class Json
{
    public static string? Text(JsonElement element, string name) =>
        Find(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static string? Text(JsonElement list, int index) =>
        Find(list, index) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static long? Number(JsonElement element, string name) => Number(Find(element, name));

    public static long? Number(JsonElement list, int index) => Number(Find(list, index));

    public static bool IsTrue(JsonElement element, string name) => Find(element, name) is { ValueKind: JsonValueKind.True };

    private static long? Number(JsonElement? found) =>
        found is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    private static JsonElement? Find(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement? Find(JsonElement list, int index) =>
        list.ValueKind == JsonValueKind.Array && index < list.GetArrayLength() ? list[index] : null;
}

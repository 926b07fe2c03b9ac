using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaPgAspire.Hosting;

/// <summary>The difference between the configuration that Patroni keeps in etcd and the one that the options ask for.</summary>
internal static class PatroniConfigurationPatch
{
    private const string Parameters = "parameters";

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>What the options ask for, in Patroni's words.</summary>
    public static JsonObject Wanted(ClusterOptions options) =>
        JsonSerializer.SerializeToNode(PatroniDynamicConfiguration.Create(options), SnakeCase)!.AsObject();

    /// <summary>
    /// A JSON merge patch: what is wanted and different, and nothing for PostgreSQL parameters that are no longer wanted. Settings that Hosting does not know of
    /// (a pause, slots that somebody declared) are left alone.
    /// </summary>
    public static JsonObject Create(JsonObject current, JsonObject wanted)
    {
        var patch = new JsonObject();
        foreach ((string key, JsonNode? value) in wanted)
        {
            JsonNode? existing = current[key];
            if (value is JsonObject inner)
            {
                JsonObject difference = Create(existing as JsonObject ?? [], inner);
                if (key == Parameters && existing is JsonObject kept)
                {
                    foreach (string gone in kept.Select(entry => entry.Key).Where(name => !inner.ContainsKey(name)))
                    {
                        difference[gone] = null;
                    }
                }

                if (difference.Count > 0)
                {
                    patch[key] = difference;
                }
            }
            else if (!JsonNode.DeepEquals(existing, value))
            {
                patch[key] = value?.DeepClone();
            }
        }

        return patch;
    }
}

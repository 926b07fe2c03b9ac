using System.Text.Json.Serialization;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Ledgers;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerIdentity))]
[JsonSerializable(typeof(Outage))]
internal sealed partial class LedgerJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using HaPgAspire.Probe.Api.Reports;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api;

/// <summary>How everything the API says is written as JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(ProbeStatus))]
[JsonSerializable(typeof(LatencySample))]
[JsonSerializable(typeof(LatencyHistory))]
[JsonSerializable(typeof(IReadOnlyList<Outage>))]
[JsonSerializable(typeof(CounterSheet))]
[JsonSerializable(typeof(AvailabilityReport))]
[JsonSerializable(typeof(ActionList))]
[JsonSerializable(typeof(SwitchoverRequest))]
[JsonSerializable(typeof(ActionResult))]
internal sealed partial class ApiJson : JsonSerializerContext;

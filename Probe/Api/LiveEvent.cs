using System.Net.ServerSentEvents;
using System.Text.Json;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api;

/// <summary>One change as it goes over the wire; written once, however many listen.</summary>
internal sealed class LiveEvent(string instance, ProbeChange change)
{
    private readonly Lazy<SseItem<string>> _item = new(() => Write(instance, change));

    public long Sequence => change.Sequence;

    public SseItem<string> Item => _item.Value;

    private static SseItem<string> Write(string instance, ProbeChange change)
    {
        var (name, data) = change switch
        {
            SampleAdded added => ("sample", JsonSerializer.Serialize(added.Sample, ApiJson.Default.LatencySample)),
            OutageChanged changed => ("outage", JsonSerializer.Serialize(changed.Outage, ApiJson.Default.Outage)),
            TopologyChanged changed => ("topology", JsonSerializer.Serialize(changed.Topology, ApiJson.Default.ClusterTopology)),
            RoutesChanged changed => ("routes", JsonSerializer.Serialize(changed.Routes, ApiJson.Default.IReadOnlyListRouteStatus)),
            VerificationFinished finished => ("verification", JsonSerializer.Serialize(finished.Verification, ApiJson.Default.Verification)),
            _ => throw new InvalidOperationException($"A change of kind {change.GetType().Name} has no name on the wire."),
        };
        return new SseItem<string>(data, name) { EventId = $"{instance}-{change.Sequence}" };
    }
}

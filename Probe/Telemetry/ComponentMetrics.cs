using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.State;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>The instruments for what the components say: their own metrics passed on, and the topology.</summary>
internal sealed class ComponentMetrics : IDisposable
{
    private readonly Meter _meter = new(TelemetryNames.Source);
    private readonly ConcurrentDictionary<string, IReadOnlyList<Measurement<double>>> _samples = new();
    private readonly ConcurrentDictionary<(string Component, string Instance), bool> _up = new();

    /// <summary>Makes the instruments.</summary>
    public ComponentMetrics(ProbeState state)
    {
        foreach (var metric in (IEnumerable<PassedOnMetric>)[.. PassedOnMetric.Patroni, .. PassedOnMetric.Etcd, .. PassedOnMetric.Proxy])
        {
            if (metric.Grows)
            {
                _meter.CreateObservableCounter(metric.Name, () => Of(metric), metric.Unit, metric.Description);
            }
            else
            {
                _meter.CreateObservableGauge(metric.Name, () => Of(metric), metric.Unit, metric.Description);
            }
        }

        _meter.CreateObservableGauge("hapg.component.up", Up, "{component}", "1 when a component's metrics could be read.");
        Gauge("hapg.member.replication.lag", "By", "How far a member's replay is behind the leader.", node => node.LagBytes);
        Gauge("hapg.member.replication.delay", "s", "Age of the last transaction that a member replayed; 0 when nothing is missing.", node => node.LagSeconds);
        Gauge("hapg.member.timeline", "{timeline}", "A member's timeline.", node => node.Timeline);
        Gauge("hapg.member.reachable", "{member}", "1 when a member's REST API answers.", node => node.Reachable ? 1 : 0);
        _meter.CreateObservableGauge("hapg.member.role", () => Roles(state.Topology), "{member}", "1 for the role that a member has, 0 for the others.");
        _meter.CreateObservableGauge("hapg.member.state", () => States(state.Topology), "{member}", "1 for the state that a member is in.");

        void Gauge(string name, string unit, string description, Func<DataNode, double?> read) =>
            _meter.CreateObservableGauge(
                name,
                () => state.Topology.Nodes
                    .Where(node => read(node) is not null)
                    .Select(node => new Measurement<double>(read(node)!.Value, Tag(TelemetryNames.Member, node.Name))),
                unit,
                description);
    }

    /// <summary>Adds the count of leader changes.</summary>
    public void Observe(Func<long> leaderChanges) =>
        _meter.CreateObservableCounter("hapg.leader.changes", leaderChanges, "{change}", "Changes of the leader that the probe saw.");

    /// <summary>Takes what a component said; null when it said nothing.</summary>
    /// <param name="component">`patroni`, `etcd` or `haproxy`.</param>
    /// <param name="attribute">The attribute that tells its instances apart; null where there is one only.</param>
    /// <param name="instance">Which instance.</param>
    /// <param name="metrics">What is passed on.</param>
    /// <param name="samples">The samples.</param>
    public void Took(
        string component,
        string? attribute,
        string instance,
        IReadOnlyList<PassedOnMetric> metrics,
        IReadOnlyList<PrometheusSample>? samples)
    {
        _up[(component, instance)] = samples is not null;
        foreach (var metric in metrics)
        {
            // What a component said before it fell silent is no measurement of now.
            _samples[$"{metric.Name} {instance}"] = samples is null
                ? []
                : [.. samples.Where(sample => Matches(metric, sample)).Select(sample => Measure(metric, sample, attribute, instance))];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static bool Matches(PassedOnMetric metric, PrometheusSample sample) =>
        sample.Name == metric.Source
        && double.IsFinite(sample.Value)
        && metric.Only.All(label => sample.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    private static Measurement<double> Measure(PassedOnMetric metric, PrometheusSample sample, string? attribute, string instance)
    {
        List<KeyValuePair<string, object?>> tags =
        [
            .. metric.Labels
                .Where(label => sample.Labels.ContainsKey(label.Key))
                .Select(label => Tag(label.Value, sample.Labels[label.Key])),
        ];
        if (attribute is not null)
        {
            tags.Add(Tag(attribute, instance));
        }

        return new Measurement<double>(sample.Value, tags);
    }

    private IEnumerable<Measurement<double>> Of(PassedOnMetric metric) =>
        _samples.Where(entry => entry.Key.StartsWith(metric.Name + " ", StringComparison.Ordinal)).SelectMany(entry => entry.Value);

    private IEnumerable<Measurement<int>> Up() => _up.Select(entry => new Measurement<int>(
        entry.Value ? 1 : 0, Tag("hapg.component", entry.Key.Component), Tag("hapg.component.instance", entry.Key.Instance)));

    private static IEnumerable<Measurement<int>> Roles(ClusterTopology topology) =>
        from node in topology.Nodes
        from role in Enum.GetValues<NodeRole>()
        select new Measurement<int>(
            node.Role == role ? 1 : 0, Tag(TelemetryNames.Member, node.Name), Tag("hapg.role", TelemetryNames.Of(role)));

    private static IEnumerable<Measurement<int>> States(ClusterTopology topology) =>
        from node in topology.Nodes
        where node.State is not null
        select new Measurement<int>(1, Tag(TelemetryNames.Member, node.Name), Tag("hapg.state", node.State));

    private static KeyValuePair<string, object?> Tag(string key, object? value) => new(key, value);
}

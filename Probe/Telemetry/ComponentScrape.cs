using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;

namespace HaPgAspire.Probe.Telemetry;

/// <summary>Reads the components' Prometheus metrics.</summary>
internal sealed class ComponentScrape(
    ClusterAddresses addresses, ProbeOptions options, ComponentClient client, ComponentMetrics metrics, ClusterModel model, ProbeClock clock)
{
    private static readonly HashSet<string> Wanted =
    [
        .. PassedOnMetric.Patroni.Select(metric => metric.Source),
        .. PassedOnMetric.Etcd.Select(metric => metric.Source),
        .. PassedOnMetric.Proxy.Select(metric => metric.Source),
    ];

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.WhenAll(
            [
                .. addresses.Members.Select(member => ReadPatroniAsync(member, cancellationToken)),
                .. addresses.Etcd.Select(member => ReadEtcdAsync(member, cancellationToken)),
                ReadProxyAsync(cancellationToken),
            ]);
            await clock.DelayAsync(options.ScrapeInterval, cancellationToken);
        }
    }

    private async Task ReadPatroniAsync(MemberAddress member, CancellationToken cancellationToken) =>
        metrics.Took(
            "patroni", TelemetryNames.Member, member.Name, PassedOnMetric.Patroni, await ReadAsync(member.Rest, cancellationToken));

    private async Task ReadEtcdAsync(Uri address, CancellationToken cancellationToken)
    {
        var samples = await ReadAsync(address, cancellationToken);
        metrics.Took("etcd", "hapg.etcd.member", address.Authority, PassedOnMetric.Etcd, samples);
        model.TookMetrics(
            address.Authority,
            Value("etcd_server_has_leader") is { } has ? has > 0 : null,
            Value("etcd_server_is_leader") is { } leads ? leads > 0 : null,
            (long?)Value("etcd_mvcc_db_total_size_in_bytes"));

        double? Value(string name) => samples?.FirstOrDefault(sample => sample.Name == name)?.Value;
    }

    private async Task ReadProxyAsync(CancellationToken cancellationToken)
    {
        if (addresses.Proxy is { } proxy)
        {
            metrics.Took("haproxy", null, proxy.Authority, PassedOnMetric.Proxy, await ReadAsync(proxy, cancellationToken, addresses.ProxyLogin));
        }
    }

    private async Task<IReadOnlyList<PrometheusSample>?> ReadAsync(Uri component, CancellationToken cancellationToken, Login? login = null) =>
        await client.GetAsync(new Uri(component, "/metrics"), cancellationToken, login) is { } text
            ? [.. PrometheusText.Read(text).Where(sample => Wanted.Contains(sample.Name))]
            : null;
}

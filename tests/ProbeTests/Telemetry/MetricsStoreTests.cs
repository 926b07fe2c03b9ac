namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>What a receiver with Prometheus's names and units makes of the probe's metrics.</summary>
[Trait("Category", "Engine")]
public sealed class MetricsStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_can_be_queried_under_a_name_that_says_its_unit()
    {
        await using var store = await MetricsStore.StartAsync(Token);
        await using var components = await FakeComponents.StartAsync(Token);
        await using var host = await ProbeHost.StartAsync(components, store.Receiver, "http/protobuf", Token);
        await host.HaveOutageAsync(Token);

        await Has("hapg_writes_total{hapg_route=\"front_door\",hapg_outcome=\"acknowledged\"}", value => value > 0);
        await Has("hapg_writes_lost_total{hapg_route=\"front_door\"}", value => value == 0);
        await Has("hapg_attempt_failures_total{error_type=\"ConnectionRefused\"}", value => value > 0);
        await Has(
            "histogram_quantile(0.5, sum by (le) (rate(hapg_operation_duration_seconds_bucket{hapg_operation=\"write\",hapg_outcome=\"acknowledged\"}[1m])))",
            value => value is > 0 and < 1);
        await Has("hapg_outage_duration_seconds_count{hapg_operation=\"write\",hapg_outage_cause=\"unknown\"}", value => value == 1);
        await Has("hapg_outage_active{hapg_operation=\"write\"}", value => value == 0);
        await Has("hapg_ledger_size_bytes", value => value > 0);
        await Has("hapg_member_replication_lag_bytes{hapg_member=\"one\"}", value => value == 0);
        await Has("hapg_member_timeline{hapg_member=\"one\"}", value => value == 5);
        await Has("hapg_member_role{hapg_member=\"one\",hapg_role=\"leader\"}", value => value == 1);
        await Has("hapg_patroni_postgres_running{hapg_member=\"one\"}", value => value == 1);
        await Has("hapg_patroni_dcs_last_seen_seconds{hapg_member=\"one\"}", value => value == 1.9e9);
        await Has("hapg_etcd_db_size_bytes", value => value == 20480);
        await Has("hapg_etcd_wal_fsync_time_seconds_total / hapg_etcd_wal_fsync_count_total", value => value == 0.005);
        await Has("hapg_haproxy_server_up{hapg_haproxy_proxy=\"read-write\",hapg_haproxy_server=\"one\"}", value => value == 1);
        await Has("hapg_component_up{hapg_component=\"haproxy\"}", value => value == 1);
        await Has("dotnet_process_cpu_time_seconds_total", value => value > 0);

        var names = await store.NamesAsync("hapg_", Token);
        Assert.True(names.Count > 30, string.Join(", ", names));
        Assert.DoesNotContain(names, name => name.EndsWith("_ratio", StringComparison.Ordinal));
        var series = await store.SeriesAsync(Token);
        Assert.DoesNotContain(ProbeHost.Password, series, StringComparison.Ordinal);
        Assert.DoesNotContain("Password=", series, StringComparison.OrdinalIgnoreCase);

        Task Has(string query, Func<double, bool> isExpected) => store.UntilAsync(query, isExpected, Token);
    }
}

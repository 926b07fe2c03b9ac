using HaPgAspire.Probe.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>Patroni, etcd and HAProxy as one small web server that answers as they would.</summary>
internal sealed class FakeComponents : IAsyncDisposable
{
    private const string Metrics = """
        patroni_postgres_running{scope="pg",name="one"} 1
        patroni_dcs_last_seen{scope="pg",name="one"} 1.9e+09
        etcd_server_has_leader 1
        etcd_server_is_leader 1
        etcd_server_leader_changes_seen_total 4
        etcd_mvcc_db_total_size_in_bytes 20480
        etcd_disk_wal_fsync_duration_seconds_sum 1.5
        etcd_disk_wal_fsync_duration_seconds_count 300
        something_else 1

        """;

    private const string ProxyMetrics = """
        haproxy_backend_current_sessions{proxy="read-write"} 3
        haproxy_server_status{proxy="read-write",server="one",state="UP"} 1
        haproxy_server_status{proxy="read-write",server="one",state="DOWN"} 0

        """;

    private const string Statistics = """
        # pxname,svname,scur,status,lastchg,check_status,
        read-write,one,3,UP,12,L7OK,
        read-write,BACKEND,3,UP,12,,
        """;

    private const string Cluster = """
        {"members": [{"name": "one", "role": "leader", "state": "running", "timeline": 5, "host": "one", "port": 5432}], "scope": "pg"}
        """;

    private const string History = """
        [[4, 90, "no recovery target specified", "2030-01-02T03:04:05+00:00", "one"]]
        """;

    private readonly WebApplication _app;

    private FakeComponents()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/patroni", () => Results.Text(Member));
        _app.MapGet("/cluster", () => Results.Text(Cluster));
        _app.MapGet("/history", () => Results.Text(History));
        _app.MapGet("/health", () => Results.Text("""{"health":"true"}"""));
        _app.MapGet("/metrics", (HttpRequest request) => Results.Text(IsLoggedIn(request) ? Metrics + ProxyMetrics : Metrics));
        _app.MapGet("/;csv", (HttpRequest request) => IsLoggedIn(request) ? Results.Text(Statistics) : Results.Unauthorized());
    }

    /// <summary>Its address.</summary>
    public string Address => _app.Urls.First();

    private static string Member => $$"""
        {"state": "running", "role": "primary", "server_version": 170011, "timeline": 5, "xlog": {"location": 100},
         "database_system_identifier": "{{Guid.Empty:N}}", "patroni": {"version": "4.0.7", "scope": "pg", "name": "one"} }
        """;

    // As HAProxy's statistics and metrics are.
    private static bool IsLoggedIn(HttpRequest request) =>
        request.Headers.Authorization == new Login("statistics", ProbeHost.StatisticsPassword).ToHeader().ToString();

    public static async Task<FakeComponents> StartAsync(CancellationToken cancellationToken)
    {
        var components = new FakeComponents();
        await components._app.StartAsync(cancellationToken);
        return components;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

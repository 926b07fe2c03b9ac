using System.Text.Json;
using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.ProbeTests.Cluster;

/// <summary>What Patroni and HAProxy answer is read as what it means.</summary>
public sealed class ComponentAnswerTests
{
    [Fact]
    public void A_replica_tells_its_state_timeline_and_replay()
    {
        using var document = JsonDocument.Parse("""
            {"state": "running", "role": "replica", "server_version": 170011, "timeline": 3, "sync_standby": true,
             "xlog": {"received_location": 300, "replayed_location": 200, "replayed_timestamp": "2030-01-02 03:04:05.678901+00:00", "paused": false},
             "pending_restart": true, "database_system_identifier": "7711", "patroni": {"version": "4.0.7", "scope": "pg", "name": "b"}}
            """);
        var report = MemberReport.Read(document.RootElement);
        Assert.Equal(("running", 3, 200L, "pg", "7711"), (report.State, report.Timeline, report.Replayed, report.Scope, report.SystemIdentifier));
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero), report.ReplayedAt);
        Assert.True(report.PendingRestart);
        Assert.False(report.IsPrimary);
    }

    [Fact]
    public void A_stopping_primary_is_no_primary()
    {
        using var document = JsonDocument.Parse("""{"state": "stopping", "role": "primary"}""");
        Assert.False(MemberReport.Read(document.RootElement).IsPrimary);
    }

    [Fact]
    public void The_cluster_tells_leader_roles_and_lag()
    {
        using var document = JsonDocument.Parse("""
            {"members": [{"name": "a", "role": "leader", "state": "running", "timeline": 2},
                         {"name": "b", "role": "sync_standby", "state": "streaming", "timeline": 2, "lag": 64},
                         {"name": "c", "role": "replica", "state": "stopped", "lag": "unknown"}], "scope": "pg", "pause": true}
            """);
        var report = ClusterReport.Read(document.RootElement);
        Assert.Equal("a", report.Leader);
        Assert.True(report.Paused);
        Assert.Equal((NodeRole.SynchronousStandby, 64L), (report.Members["b"].Role, report.Members["b"].Lag));
        Assert.Null(report.Members["c"].Lag);
    }

    [Fact]
    public void HAProxys_statistics_give_its_routes_and_servers()
    {
        const string Csv = """"
            # pxname,svname,qcur,scur,status,lastchg,check_status,
            stats,FRONTEND,,1,OPEN,,,
            read-write,FRONTEND,,7,OPEN,,,
            read-write,a,0,5,UP,12,L7OK,
            read-write,b,0,0,DOWN 1/2,3,"* L7STS, odd ""one""",
            read-write,BACKEND,0,5,UP,12,,
            """";
        var route = Assert.Single(ProxyReport.Read(Csv)!);
        Assert.Equal(("read-write", true, 5), (route.Name, route.Open, route.Sessions));
        Assert.Equal(new ProxyServer("a", true, "UP", "L7OK", 5, 12), route.Servers[0]);
        Assert.Equal(new ProxyServer("b", false, "DOWN 1/2", "L7STS, odd \"one\"", 0, 3), route.Servers[1]);
        Assert.Null(ProxyReport.Read("<html>"));
    }

    [Fact]
    public void Prometheus_text_gives_names_labels_and_values()
    {
        const string Text = "# HELP a b\n# TYPE a counter\na_total{x=\"1\",y=\"two \\\"q\\\" \\\\ \\n\"} 3.5 1700000000000\nplain 1e-3\nbad{x=\"\nnothing\nup +Inf\n";
        var samples = PrometheusText.Read(Text).ToList();
        Assert.Equal(["a_total", "plain", "up"], samples.Select(sample => sample.Name));
        Assert.Equal([3.5, 0.001, double.PositiveInfinity], samples.Select(sample => sample.Value));
        Assert.Equal("two \"q\" \\ \n", samples[0].Labels["y"]);
    }
}

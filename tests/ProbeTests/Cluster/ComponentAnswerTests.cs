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
    public void The_history_tells_each_change_of_timeline()
    {
        using var document = JsonDocument.Parse("""
            [[1, 100, "no recovery target specified"],
             [2, 200, "no recovery target specified", "2030-01-02T03:04:05.678901+01:00", "b"],
             [4, 300, "", "yesterday", "c"]]
            """);
        Assert.Equal(
            [
                new TimelineSwitch(2, 100, "no recovery target specified", null, null),
                new TimelineSwitch(4, 200, "no recovery target specified", new DateTimeOffset(2030, 1, 2, 2, 4, 5, 678, 901, TimeSpan.Zero), "b"),
                new TimelineSwitch(5, 300, null, null, "c"),
            ],
            TimelineReport.Read(document.RootElement));
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("[]", true)]
    [InlineData("[[], 7, [\"1\", 2], [0, 2], [99999999999, 2], [1]]", true)]
    public void What_is_no_history_tells_nothing(string text, bool isHistory)
    {
        using var document = JsonDocument.Parse(text);
        var read = TimelineReport.Read(document.RootElement);
        Assert.Equal(isHistory, read is not null);
        Assert.Empty(read ?? []);
    }

    [Fact]
    public void A_long_history_is_read_from_its_end()
    {
        using var document = JsonDocument.Parse($"[{string.Join(',', Enumerable.Range(1, 5000).Select(ended => $"[{ended}, {ended}, \"{new string('x', 5000)}\"]"))}]");
        var read = TimelineReport.Read(document.RootElement)!;
        Assert.Equal((TimelineReport.Most, 5001, 200), (read.Count, read[^1].Timeline, read[^1].Reason!.Length));
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

using System.Net;
using System.Net.Sockets;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>What a real OTLP receiver gets from the probe, by name and attribute; and what becomes of the probe when it gets nothing.</summary>
[Collection(Alone.Name)]
public sealed class OtlpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_receiver_gets_metrics_spans_and_logs_and_no_secret(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync(protocol, Token);
        await using var components = await FakeComponents.StartAsync(Token);
        await using var host = await ProbeHost.StartAsync(components, receiver.Address, protocol, Token);
        var outage = await host.HaveOutageAsync(Token);

        await AssertMetricsAsync(receiver, components);
        await AssertTraceAsync(receiver, outage);
        await AssertLogsAsync(receiver, outage);
        Assert.DoesNotContain(ProbeHost.Password, receiver.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain("Password=", receiver.Raw, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Username=", receiver.Raw, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_blocks_nothing_and_memory_stays_bounded()
    {
        // It accepts connections, by its backlog, and says nothing.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var components = await FakeComponents.StartAsync(Token);
        await using var host = await ProbeHost.StartAsync(
            components, $"http://{silent.LocalEndpoint}", "grpc", Token, "--Probe:TraceRatio=1", "--Probe:WriteRate=1000");

        var begin = await host.UntilAsync(status => status.Routes[0].Counters.Acknowledged > 3_000, Token);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var end = await host.UntilAsync(
            status => status.Routes[0].Counters.Acknowledged > begin.Routes[0].Counters.Acknowledged + 10_000, Token);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 32 * 1024 * 1024);
        Assert.Equal(0, end.Routes[0].Counters.Failed);
        Assert.DoesNotContain(end.Outages, found => found.Cause != OutageCause.Stall);
    }

    private static async Task AssertMetricsAsync(OtlpReceiver receiver, FakeComponents components)
    {
        var etcd = new Uri(components.Address).Authority;
        await Has("hapg.operation.duration", "s", "histogram", ("hapg.route", "front_door"), ("hapg.operation", "write"), ("hapg.outcome", "acknowledged"));
        await Has("hapg.attempt.failures", "{attempt}", "sum", ("hapg.operation", "write"), ("error.type", "ConnectionRefused"));
        await Has("hapg.outage.duration", "s", "histogram", ("hapg.operation", "write"), ("hapg.outage.cause", "unknown"));
        await Has("hapg.outage.active", "{outage}", "sum", ("hapg.route", "front_door"), ("hapg.operation", "write"));
        await Has("hapg.writes", "{write}", "sum", ("hapg.outcome", "acknowledged"));
        await Has("hapg.writes.lost", "{write}", "sum", ("hapg.route", "front_door"));
        await Has("hapg.writes.unknown", "{write}", "sum", ("hapg.route", "front_door"));
        await Has("hapg.writes.stale_leader", "{write}", "sum", ("hapg.route", "front_door"));
        await Has("hapg.ledger.size", "By", "sum");
        await Has("hapg.member.replication.lag", "By", "gauge", ("hapg.member", "one"));
        await Has("hapg.member.replication.delay", "s", "gauge", ("hapg.member", "one"));
        await Has("hapg.member.timeline", "{timeline}", "gauge", ("hapg.member", "one"));
        await Has("hapg.member.role", "{member}", "gauge", ("hapg.member", "one"), ("hapg.role", "leader"));
        await Has("hapg.member.state", "{member}", "gauge", ("hapg.member", "one"), ("hapg.state", "running"));
        await Has("hapg.leader.changes", "{change}", "sum");
        await Has("hapg.patroni.postgres.running", "{member}", "gauge", ("hapg.member", "one"));
        await Has("hapg.etcd.has_leader", "{member}", "gauge", ("hapg.etcd.member", etcd));
        await Has("hapg.etcd.db.size", "By", "gauge", ("hapg.etcd.member", etcd));
        await Has("hapg.etcd.wal.fsync.count", "{flush}", "sum", ("hapg.etcd.member", etcd));
        await Has("hapg.haproxy.sessions", "{session}", "gauge", ("hapg.haproxy.proxy", "read-write"));
        await Has("hapg.haproxy.server.up", "{server}", "gauge", ("hapg.haproxy.proxy", "read-write"), ("hapg.haproxy.server", "one"));
        await Has("hapg.component.up", "{component}", "gauge", ("hapg.component", "haproxy"));
        await Has("dotnet.process.cpu.time", "s", "sum");

        // Values pass unchanged.
        Assert.Equal(5, receiver.Points.Last(point => point.Name == "hapg.member.timeline").Value);
        Assert.Equal(20480, receiver.Points.Last(point => point.Name == "hapg.etcd.db.size").Value);
        Assert.Equal(1, receiver.Points.Last(point => point.Name == "hapg.haproxy.server.up").Value);

        Task Has(string name, string unit, string kind, params (string Key, string Value)[] attributes) => receiver.UntilAsync(
            () => receiver.Points.Any(point =>
                (point.Name, point.Unit, point.Kind) == (name, unit, kind)
                && attributes.All(pair => point.Attributes.GetValueOrDefault(pair.Key) == pair.Value)),
            $"metric {name} in {unit} as {kind} with {string.Join(", ", attributes)}",
            Token);
    }

    private static async Task AssertTraceAsync(OtlpReceiver receiver, Outage outage)
    {
        await receiver.UntilAsync(
            () => receiver.Spans.Count(span => span.TraceId == outage.TraceId) >= 2, "the outage's trace", Token);
        var trace = receiver.Spans.Where(span => span.TraceId == outage.TraceId).ToList();
        var root = Assert.Single(trace, span => span.ParentId.Length == 0);
        Assert.Equal(("HaPgAspire.Probe", "write outage"), (root.Scope, root.Name));
        Assert.Equal("front_door", root.Attributes["hapg.route"]);
        Assert.Equal("ConnectionRefused", root.Attributes["error.type"]);
        Assert.Equal(outage.Duration!.Value.TotalSeconds, root.Duration.TotalSeconds, 0.001);
        var phase = Assert.Single(trace, span => span.ParentId == root.SpanId);
        Assert.Equal(("until first_acknowledged", "first_acknowledged"), (phase.Name, phase.Attributes["hapg.outage.phase"]));

        // It links to attempts that failed, which are there to be looked at.
        Assert.NotEmpty(root.Links);
        await receiver.UntilAsync(
            () => root.Links.All(link => receiver.Spans.Any(span => span.SpanId == link && span.Name == "attempt write")),
            "the failed attempts that the outage links to",
            Token);
    }

    private static async Task AssertLogsAsync(OtlpReceiver receiver, Outage outage)
    {
        await receiver.UntilAsync(
            () => receiver.Logs.Any(log => log.Body.StartsWith($"Outage {outage.Id}: write through front_door acknowledged again", StringComparison.Ordinal)),
            "the log record of the outage's end",
            Token);
        var opened = receiver.Logs.Where(log => log.Attributes.GetValueOrDefault("Error") == "ConnectionRefused").ToList();
        Assert.Single(opened);
        Assert.Equal("HaPgAspire.Probe.Engine.ProbeService", opened[0].Scope);
        Assert.Single(receiver.Logs, log => log.Body.StartsWith("Leader is one on timeline 5", StringComparison.Ordinal));
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using HaPgAspire.Probe.Model;
using HaPgAspire.ProbeTests.Page;

namespace HaPgAspire.ProbeTests.Api;

public sealed class ReportApiTests
{
    [Theory]
    [InlineData("report.md", "PT1H", "text/markdown")]
    [InlineData("report.svg", "PT5M", "image/svg+xml")]
    public async Task A_report_is_as_it_was(string name, string last, string type)
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        using var response = await host.Client.GetAsync(new Uri($"api/{name}?last={last}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal($"availability-20260314-153000.{name[7..]}", response.Content.Headers.ContentDisposition?.FileName);
        await Golden.MatchAsync(name, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_figures_count_only_what_lies_in_the_period()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        // The period begins in the middle of the failover's outage on the front door, which is 1.07 s long and began at 15:26:59.63.
        var report = await GetAsync(host, "api/report?from=2026-03-14T15:27:00.13Z&to=2026-03-14T15:28:00.13Z");
        var writes = report.GetProperty("loads")[0];
        Assert.Equal("Write", writes.GetProperty("kind").GetString());
        Assert.Equal(1, writes.GetProperty("outages").GetInt32());
        Assert.Equal(0.57, writes.GetProperty("unavailable").GetDouble(), 6);
        Assert.Equal(0.57, writes.GetProperty("longest").GetDouble(), 6);
        Assert.Equal(1 - (0.57 / 60), writes.GetProperty("availability").GetDouble(), 9);
        Assert.Equal(3, report.GetProperty("outages").GetArrayLength());
    }

    [Fact]
    public async Task An_open_outage_counts_up_to_the_end()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        host.Probe.Say(Scene.Outage(16, RouteKind.FrontDoor, Scene.Now.AddSeconds(-30), null, OutageCause.Unknown, "data-node2", null, 5, []));
        var report = await GetAsync(host, "api/report?last=PT1M");
        Assert.Equal(30, report.GetProperty("loads")[0].GetProperty("unavailable").GetDouble(), 6);
        Assert.Equal(0.5, report.GetProperty("loads")[0].GetProperty("availability").GetDouble(), 9);
        var markdown = await host.Client.GetStringAsync(new Uri("api/report.md?last=PT1M", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("| 16 | 2026-03-14 15:29:30 | still open |", markdown, StringComparison.Ordinal);
        Assert.Contains("| Available | 50 % |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_since_the_ledger_began_is_a_period_too()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        var report = await GetAsync(host, "api/report?last=all");
        Assert.Equal(Scene.Began, report.GetProperty("from").GetDateTimeOffset());
        // Latency is kept for an hour; the report says from when.
        Assert.Equal(Scene.Now.AddHours(-1), report.GetProperty("loads")[0].GetProperty("latency").GetProperty("from").GetDateTimeOffset());
    }

    [Fact]
    public async Task Names_from_the_cluster_never_become_markup()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        const string Name = "a|b]<script>&\n# c";
        host.Probe.Say(Scene.Topology("data-node2", 5) with { Scope = Name });
        host.Probe.Say(Scene.Outage(16, RouteKind.FrontDoor, Scene.Now.AddSeconds(-30), 1, OutageCause.Failover, Name, Name, 5, [0.1]) with
        {
            FirstError = Name,
            Switches = [new TimelineSwitch(6, 100, Name, Scene.Now.AddSeconds(-29.5), Name)],
        });

        var markdown = await host.Client.GetStringAsync(new Uri("api/report.md", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.DoesNotMatch(@"(?<!\\)<", markdown);
        Assert.DoesNotContain("\n# c", markdown, StringComparison.Ordinal);
        Assert.Contains("timeline 6 of a\\|b\\]\\<script\\>\\& \\# c at 15:29:30.50 (a\\|b", markdown, StringComparison.Ordinal);
        Assert.StartsWith("# Availability of a\\|b\\]\\<script\\>\\& \\# c\n", markdown, StringComparison.Ordinal);

        var svg = XDocument.Parse(await host.Client.GetStringAsync(new Uri("api/report.svg", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName is "script" or "foreignObject" or "image");
        Assert.DoesNotContain("script", Assert.Single(svg.Descendants(), element => element.Name.LocalName == "style").Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_has_seen_nothing_yet_still_reports()
    {
        var status = new ProbeStatus(Scene.Now, Scene.Now.AddSeconds(-5), Scene.Now.AddSeconds(-5), ClusterTopology.Empty, [], [], null);
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, new ScriptedProbe(status));
        Assert.Contains("None.", await host.Client.GetStringAsync(new Uri("api/report.md", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var svg = XDocument.Parse(await host.Client.GetStringAsync(new Uri("api/report.svg", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.Equal("svg", svg.Root?.Name.LocalName);
    }

    private static async Task<JsonElement> GetAsync(PageHost host, string address) =>
        await host.Client.GetFromJsonAsync<JsonElement>(address, TestContext.Current.CancellationToken);
}

using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HaPgAspire.ProbeTests.Page;

namespace HaPgAspire.ProbeTests.Api;

public sealed class StatusApiTests
{
    [Fact]
    public async Task The_status_says_what_the_probe_says()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        var status = await GetAsync(host, "api/status");
        Assert.Equal("2026-03-14T15:30:00+00:00", status.GetProperty("at").GetString());
        Assert.Equal("data-node2", status.GetProperty("topology").GetProperty("leader").GetString());
        Assert.Equal("SynchronousStandby", status.GetProperty("topology").GetProperty("nodes")[0].GetProperty("role").GetString());
        Assert.Equal("FrontDoor", status.GetProperty("routes")[0].GetProperty("route").GetString());
        // A duration is a number of seconds.
        Assert.Equal(6.41, status.GetProperty("routes")[0].GetProperty("writeOutages").GetProperty("total").GetDouble());
        Assert.Equal(1.07, status.GetProperty("outages").EnumerateArray().Single(outage => outage.GetProperty("id").GetInt64() == 13).GetProperty("duration").GetDouble(), 6);
    }

    [Fact]
    public async Task Parts_of_the_status_have_addresses_of_their_own()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("postgres", (await GetAsync(host, "api/topology")).GetProperty("scope").GetString());
        Assert.Equal(3, (await GetAsync(host, "api/members")).GetArrayLength());
        Assert.Equal(2, (await GetAsync(host, "api/routes")).GetArrayLength());
        var counters = await GetAsync(host, "api/counters");
        Assert.Equal(1_871_604, counters.GetProperty("routes")[0].GetProperty("counters").GetProperty("acknowledged").GetInt64());
        Assert.Equal(0, counters.GetProperty("verification").GetProperty("routes")[0].GetProperty("lost").GetInt64());
    }

    [Fact]
    public async Task Latency_comes_in_columns_of_equal_length()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        var history = await GetAsync(host, "api/latency?last=PT5M");
        Assert.Equal(4, history.GetProperty("series").GetArrayLength());
        foreach (var series in history.GetProperty("series").EnumerateArray())
        {
            foreach (var column in new[] { "second", "acknowledged", "failed", "unknown", "p50", "p95", "p99", "max" })
            {
                Assert.Equal(300, series.GetProperty(column).GetArrayLength());
            }
        }

        // The switchover's first second: nothing acknowledged, so no latency.
        var second = (await GetAsync(host, "api/latency?from=2026-03-14T14:49:00Z&to=2026-03-14T14:49:01Z")).GetProperty("series")[0];
        Assert.Equal("Write", second.GetProperty("kind").GetString());
        Assert.Equal("FrontDoor", second.GetProperty("route").GetString());
        Assert.Equal(new DateTimeOffset(2026, 3, 14, 14, 49, 0, TimeSpan.Zero).ToUnixTimeSeconds(), second.GetProperty("second")[0].GetInt64());
        Assert.Equal(0, second.GetProperty("acknowledged")[0].GetInt32());
        Assert.Equal(9, second.GetProperty("failed")[0].GetInt32());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("p50")[0].ValueKind);
    }

    [Fact]
    public async Task Outages_are_listed_newest_first_and_filtered()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal([15, 14, 13, 12, 11], Ids(await GetAsync(host, "api/outages")));
        Assert.Equal([15, 14, 13], Ids(await GetAsync(host, "api/outages?last=PT10M")));
        Assert.Equal([13, 11], Ids(await GetAsync(host, "api/outages?route=FrontDoor&kind=Write")));
        var to = Uri.EscapeDataString(Scene.Now.AddMinutes(-10).ToString("O", CultureInfo.InvariantCulture));
        Assert.Equal([12, 11], Ids(await GetAsync(host, $"api/outages?to={to}")));
    }

    [Fact]
    public async Task One_outage_has_its_phases()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        var outage = await GetAsync(host, "api/outages/13");
        Assert.Equal(
            ["LastAcknowledged", "LeaderGone", "LockReleased", "LeaderElected", "Promoted", "ProxySwitched", "FirstAcknowledged"],
            outage.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("kind").GetString()));
        Assert.Equal(0.02, outage.GetProperty("phases")[1].GetProperty("resolution").GetDouble());
    }

    [Theory]
    [InlineData("api/outages/99", HttpStatusCode.NotFound)]
    [InlineData("api/nothing", HttpStatusCode.NotFound)]
    [InlineData("api/outages/x", HttpStatusCode.NotFound)]
    [InlineData("api/latency?last=yesterday", HttpStatusCode.BadRequest)]
    [InlineData("api/latency?last=-PT5M", HttpStatusCode.BadRequest)]
    [InlineData("api/latency?last=P9999999D", HttpStatusCode.BadRequest)]
    [InlineData("api/latency?last=PT5M&from=2026-03-14T15:00:00Z", HttpStatusCode.BadRequest)]
    [InlineData("api/outages?from=2027-01-01T00:00:00Z", HttpStatusCode.BadRequest)]
    [InlineData("api/outages?from=soon", HttpStatusCode.BadRequest)]
    [InlineData("api/outages?route=Sideways", HttpStatusCode.BadRequest)]
    [InlineData("api/report.svg?last=PT0S", HttpStatusCode.BadRequest)]
    public async Task A_wrong_question_is_answered_with_a_problem(string address, HttpStatusCode status)
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        using var response = await host.Client.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task An_error_inside_is_a_problem_without_its_details()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        host.Probe.OnVerify = () => throw new InvalidOperationException("Host=secret-host");
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/actions/verify");
        request.Headers.Authorization = new("Bearer", PageHost.Token);
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("secret-host", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> GetAsync(PageHost host, string address) =>
        await host.Client.GetFromJsonAsync<JsonElement>(address, TestContext.Current.CancellationToken);

    private static IEnumerable<long> Ids(JsonElement outages) => outages.EnumerateArray().Select(outage => outage.GetProperty("id").GetInt64());
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using HaPgAspire.ProbeTests.Page;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>The probe of the graph, watched in a browser while a real leader is killed.</summary>
[Collection(SharedCluster.Name)]
[Trait("Category", "Engine")]
public sealed partial class ProbePageTests(SharedCluster shared, BrowserFixture browser)
{
    // Series that the graph's probe has: writes and reads through HAProxy, writes straight to the nodes.
    private const int Series = 3;

    // What is on the page for a moment only is noted by the page itself: a poll from outside would miss it.
    private const string Watch = """
        window.seen = [];
        new MutationObserver(() => {
          const open = document.querySelectorAll("#outages .outage.open[data-kind=Write]").length > 0;
          const primary = document.querySelector("#topology [data-node].primary")?.dataset.node ?? "nobody";
          const down = [...document.querySelectorAll("#topology [data-node].down")].map(node => node.dataset.node).join(" ") || "nobody";
          const now = `${document.getElementById("verdict").dataset.tone} | ${open ? "open" : "closed"} | ${primary} | down: ${down}`;
          if (window.seen.at(-1) !== now) window.seen.push(now);
        }).observe(document.getElementById("main"), { attributes: true, childList: true, subtree: true });
        """;

    private TestCluster Cluster => shared.Cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_tells_a_real_failover_as_it_happens()
    {
        // A cluster of real servers takes as long as its machine lets it.
        SetDefaultExpectTimeout(120_000);
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        using HttpClient probe = await ProbeAsync();
        await using OpenPage open = await OpenPage.OpenAsync(browser, probe.BaseAddress!, motion: ReducedMotion.NoPreference, series: Series);
        IPage page = open.Page;
        await Expect(page.Locator("#verdict")).ToHaveAttributeAsync("data-tone", "good");
        await Expect(page.Locator($"[data-node={leader}]")).ToHaveClassAsync(WholeWord("primary"));
        await open.PictureAsync("cluster-before");
        await page.EvaluateAsync(Watch);
        DateTimeOffset killed = DateTimeOffset.UtcNow;

        await Cluster.ExecuteAsync(leader, "kill", Cancellation);
        await Cluster.AwaitStateAsync(leader, KnownResourceStates.TerminalStates, Cancellation);
        string next = await Cluster.AwaitOtherLeaderAsync(leader, Cancellation);

        // The outage is over and explained.
        JsonElement[] failovers = await FailoversAsync(probe, killed);
        long id = failovers.Single(outage => Text(outage, "route") == "FrontDoor").GetProperty("id").GetInt64();
        ILocator failover = page.Locator($"#outages .outage[data-id='{id}']");
        await Expect(failover.Locator(".outage-cause")).ToContainTextAsync($"Failover: {leader} → {next}");
        await Expect(failover.Locator(".outage-span")).ToHaveTextAsync(Duration());
        await Expect(page.Locator($"[data-node={next}]")).ToHaveClassAsync(WholeWord("primary"));
        await failover.Locator("summary").ClickAsync();

        // What the probe sees of the others lies between two of its looks, and a look may come after the first acknowledgement.
        string[] always = ["Last acknowledgement", "New leader elected", "First acknowledgement"], known = [.. always, "Leader gone", "Leader lock free", "Promoted", "HAProxy switched"];
        foreach (string phase in always)
        {
            await Expect(failover.Locator("tbody th", new LocatorLocatorOptions { HasText = phase })).ToHaveCountAsync(1);
        }

        IReadOnlyList<string> phases = await failover.Locator("tbody th").AllInnerTextsAsync();
        Assert.InRange(phases.Count, 5, known.Length);
        Assert.All(phases, phase => Assert.Contains(known, one => phase.Contains(one, StringComparison.Ordinal)));

        await open.PictureAsync("cluster-failover");

        // The node comes back by itself, as after a crash.
        Assert.Equal(next, await Cluster.AwaitWholeAsync(Cancellation));
        await Expect(page.Locator("#verdict-text")).ToHaveTextAsync("Writes and reads are flowing");
        await Expect(page.Locator($"[data-node={leader}]")).Not.ToHaveClassAsync(WholeWord("down"));

        // It was told while it happened, in this order.
        string[] seen = await page.EvaluateAsync<string[]>("window.seen");
        int began = Array.FindIndex(seen, state => state.StartsWith("bad | open", StringComparison.Ordinal));
        int down = Array.FindIndex(seen, state => state.EndsWith($"down: {leader}", StringComparison.Ordinal));
        int led = Array.FindIndex(seen, state => state.Contains($"| {next} |", StringComparison.Ordinal));
        int ended = Array.FindIndex(seen, Math.Max(began, 0), state => state.Contains("closed", StringComparison.Ordinal));
        Assert.True(
            began >= 0 && down >= 0 && led >= 0 && ended > began && seen[^1] == $"good | closed | {next} | down: nobody",
            string.Join(Environment.NewLine, seen));

        await AssertApiAsync(probe, failovers, leader, next);
        await AssertAccessibleAsync(open);
        await using OpenPage phone = await OpenPage.OpenAsync(browser, probe.BaseAddress!, 360, 800, ColorScheme.Dark, series: Series);
        await phone.Page.Locator(".outage > summary").First.ClickAsync();
        await phone.PictureAsync("cluster-phone-dark");
        await AssertAccessibleAsync(phone);
    }

    private static async Task AssertAccessibleAsync(OpenPage open)
    {
        var result = await open.Page.RunAxe();
        Assert.Empty(result.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Select(node => node.Html))}"));
        Assert.Equal(0, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty(open.Complaints);
    }

    // What the page shows is in the API, and a comparison with every member can be asked for by whoever has the token.
    private async Task AssertApiAsync(HttpClient probe, JsonElement[] failovers, string leader, string next)
    {
        foreach (JsonElement outage in failovers)
        {
            Assert.Equal(("Failover", leader, next), (Text(outage, "cause"), Text(outage, "leaderBefore"), Text(outage, "leaderAfter")));
            Assert.InRange(outage.GetProperty("duration").GetDouble(), 0.1, 60);
            DateTimeOffset[] times = [.. outage.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("at").GetDateTimeOffset())];
            Assert.Equal(times.Order(), times);
            JsonElement change = Assert.Single(outage.GetProperty("switches").EnumerateArray());
            Assert.Equal((outage.GetProperty("timelineAfter").GetInt32(), next), (change.GetProperty("timeline").GetInt32(), Text(change, "leader")));
        }

        using (HttpResponseMessage refused = await probe.PostAsync(new Uri("api/actions/verify", UriKind.Relative), null, Cancellation))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var ask = new HttpRequestMessage(HttpMethod.Post, new Uri("api/actions/verify", UriKind.Relative));
        ask.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Cluster.ExecuteAsync("probe", "action-token", Cancellation));
        using HttpResponseMessage response = await probe.SendAsync(ask, Cancellation);
        response.EnsureSuccessStatusCode();
        using JsonDocument verification = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.True(verification.RootElement.GetProperty("complete").GetBoolean(), verification.RootElement.GetRawText());
        JsonElement[] routes = [.. verification.RootElement.GetProperty("routes").EnumerateArray()];
        Assert.Equal(2, routes.Length);
        Assert.All(routes, route =>
        {
            Assert.True(route.GetProperty("compared").GetInt64() > 0);
            Assert.Equal(0, route.GetProperty("lost").GetInt64());
            Assert.Equal(0, route.GetProperty("duplicated").GetInt64());
            Assert.Equal(0, route.GetProperty("unexpected").GetInt64());
        });

        // Every member answers for itself, the one that was killed as well, and holds all.
        JsonElement[] members = [.. verification.RootElement.GetProperty("members").EnumerateArray()];
        Assert.Equal(Cluster.Resource.Nodes.Count, members.Length);
        Assert.All(members, member =>
        {
            Assert.Equal((true, Text(member, "node") == next), (member.GetProperty("caughtUp").GetBoolean(), member.GetProperty("leader").GetBoolean()));
            Assert.Equal("0", member.GetProperty("missing").GetRawText());
        });
    }

    // The failover's write outage on each route, side by side, explained for good some seconds after its end. A busy machine may add a stall.
    private static async Task<JsonElement[]> FailoversAsync(HttpClient probe, DateTimeOffset since)
    {
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            string text = await probe.GetStringAsync(new Uri($"api/outages?kind=Write&from={Uri.EscapeDataString(since.ToString("O"))}", UriKind.Relative), Cancellation);
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement[] outages = [.. document.RootElement.EnumerateArray().Select(outage => outage.Clone())];
            JsonElement[] failovers = [.. outages.Where(outage => Text(outage, "cause") == "Failover").DistinctBy(outage => Text(outage, "route"))];
            if (failovers.Length == 2
                && failovers.All(outage => outage.GetProperty("switches").ValueKind == JsonValueKind.Array)
                && outages.All(outage => outage.GetProperty("lostWrites").ValueKind == JsonValueKind.Number))
            {
                Assert.All(outages, outage => Assert.Equal(0, outage.GetProperty("lostWrites").GetInt64()));
                return failovers;
            }

            Assert.True(elapsed.Elapsed < TimeSpan.FromMinutes(2), $"{since:O}: {await probe.GetStringAsync(new Uri("api/outages", UriKind.Relative), Cancellation)}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancellation);
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private async Task<HttpClient> ProbeAsync()
    {
        await Cluster.AwaitAsync("probe", change => change.Snapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy, Cancellation);
        return new HttpClient { BaseAddress = Cluster.Endpoint("probe", "http"), Timeout = TimeSpan.FromSeconds(75) };
    }

    [GeneratedRegex(@"\d s$")]
    private static partial Regex Duration();

    private static Regex WholeWord(string word) => new($@"\b{word}\b");
}

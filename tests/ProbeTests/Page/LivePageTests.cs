using System.Text.RegularExpressions;
using HaPgAspire.Probe.Model;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HaPgAspire.ProbeTests.Page;

[Trait("Category", "Browser")]
public sealed partial class LivePageTests(BrowserFixture browser)
{
    [Fact]
    public async Task A_failover_is_seen_as_it_happens()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address, motion: ReducedMotion.NoPreference);
        var page = open.Page;
        var verdict = page.Locator("#verdict");
        await Expect(verdict).ToHaveAttributeAsync("data-tone", "good");
        await Expect(page.Locator("[data-node=data-node2]")).ToHaveClassAsync(WholeWord("primary"));

        // The leader goes: no acknowledgement since, no leader, its container silent, HAProxy without a server for writes.
        var start = Scene.Now.AddSeconds(-0.6);
        host.Probe.Say(Scene.Topology(null, 5, "data-node2"));
        host.Probe.Say(Scene.FrontDoor(Availability.Down), Scene.Direct(Availability.Down));
        host.Probe.Say(Scene.Outage(16, RouteKind.FrontDoor, start, null, OutageCause.Unknown, "data-node2", null, 5, [0.1]));
        host.Probe.Say(Scene.Sample(Scene.Now, RouteKind.FrontDoor, LoadKind.Write, 1.9, [host.Probe.Current.Outages[0]]));

        await Expect(page.Locator("#verdict-text")).ToHaveTextAsync("Writes are stopped, reads go on");
        await Expect(verdict).ToHaveAttributeAsync("data-tone", "bad");
        await Expect(page.Locator("#verdict-clock")).ToHaveTextAsync(Seconds());
        await Expect(page.Locator("[data-node=data-node2]")).ToHaveClassAsync(WholeWord("down"));
        await Expect(page.Locator("#outages .outage").First).ToHaveClassAsync(WholeWord("open"));
        await Expect(page.Locator("#topology svg")).ToHaveAttributeAsync("aria-label", new Regex("There is no primary.*HAProxy sends writes to nobody"));
        await Expect(page).ToHaveTitleAsync(new Regex("Writes are stopped"));
        await open.PictureAsync("failover-during");

        // data-node3 takes over.
        var closed = Scene.Outage(16, RouteKind.FrontDoor, start, 1.23, OutageCause.Failover, "data-node2", "data-node3", 5, [0.1, 0.4, 0.6, 0.9, 1.1]);
        host.Probe.Say(Scene.Topology("data-node3", 6, "data-node2"));
        host.Probe.Say(closed);
        host.Probe.Say(Scene.FrontDoor(Availability.Up), Scene.Direct(Availability.Up));

        await Expect(page.Locator("#verdict-text")).ToHaveTextAsync("Up, with less protection than usual");
        await Expect(page.Locator("#verdict-detail")).ToContainTextAsync("data-node3 leads on timeline 6 · data-node2 does not answer");
        await Expect(page.Locator("#verdict-clock")).ToBeEmptyAsync();
        await Expect(page.Locator("[data-node=data-node3]")).ToHaveClassAsync(WholeWord("primary"));
        var newest = page.Locator("#outages .outage").First;
        await Expect(newest.Locator(".outage-span")).ToHaveTextAsync("1.23 s");
        await Expect(newest.Locator(".outage-cause")).ToContainTextAsync("Failover: data-node2 → data-node3");
        await newest.Locator("summary").ClickAsync();
        await Expect(newest.Locator("tbody tr")).ToHaveCountAsync(7);
        await Expect(newest.Locator("tbody tr").Nth(4)).ToContainTextAsync("Promoted");
        await Expect(newest.Locator("tbody tr").Nth(4)).ToContainTextAsync("+0.90 s");
        await open.PictureAsync("failover-after");

        // And the old leader comes back as a replica. An opened outage stays open meanwhile.
        host.Probe.Say(Scene.Topology("data-node3", 6));
        await Expect(page.Locator("#verdict-text")).ToHaveTextAsync("Writes and reads are flowing");
        await Expect(newest).ToHaveAttributeAsync("open", "");
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task An_outage_that_begins_ahead_of_the_pages_clock_has_a_length()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);

        host.Probe.Say(Scene.Outage(16, RouteKind.FrontDoor, Scene.Now.AddMinutes(5), null, OutageCause.Unknown, "data-node2", null, 5, [0.1]));

        await Expect(open.Page.Locator("#outages .outage[data-id='16'] .outage-span")).ToHaveTextAsync("0.0 s …");
        await Expect(open.Page.Locator("#routes-cost tbody tr").First).ToContainTextAsync("open");
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task Many_stalls_do_not_push_a_failover_off_the_page()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        foreach (var stall in Enumerable.Range(0, 40))
        {
            host.Probe.Say(Scene.Outage(100 + stall, RouteKind.FrontDoor, Scene.Now.AddSeconds(stall - 60), 0.2, OutageCause.Stall, "data-node2", "data-node2", 5, []));
        }

        var outages = open.Page.Locator("#outages .outage");
        await Expect(open.Page.Locator("#outages-note")).ToContainTextAsync("the last 30 and changes of the leader");
        await Expect(open.Page.Locator("#outages .outage[data-id='139']")).ToHaveCountAsync(1);
        await Expect(open.Page.Locator("#outages .outage[data-id='109']")).ToHaveCountAsync(0);
        await Expect(outages.Filter(new LocatorFilterOptions { HasText = "Failover: data-node1 → data-node2" })).ToHaveCountAsync(2);
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task Lost_writes_are_shouted()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        var tile = open.Page.Locator("#counters [data-key=Lost]");
        await Expect(tile).ToHaveClassAsync("zero");

        host.Probe.Say(Scene.Verified(Scene.Now, lost: 26));
        host.Probe.Say(Scene.FrontDoor(Availability.Up, lost: 26), Scene.Direct(Availability.Up));

        await Expect(tile.Locator("dd > span")).ToHaveTextAsync("26");
        await Expect(tile).ToHaveClassAsync("not-zero");
        await Expect(open.Page.Locator("#verdict-text")).ToHaveTextAsync("Acknowledged writes were lost");
    }

    [Fact]
    public async Task A_lost_connection_is_shown_and_mended_without_a_reload()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var host = await PageHost.StartAsync(cancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await open.Page.EvaluateAsync("window.notReloaded = true");

        await host.DisposeAsync();
        await Expect(open.Page.Locator("#link-text")).ToHaveTextAsync("Connection lost, trying again");
        await Expect(open.Page.Locator("#verdict-text")).ToContainTextAsync("No word from the probe since 15:30:0");
        await Expect(open.Page.Locator("#verdict")).ToHaveAttributeAsync("data-tone", "unknown");
        await Expect(open.Page.Locator("body")).ToHaveAttributeAsync("data-link", "lost");
        await open.PictureAsync("connection-lost");

        // The probe comes back as a new process: its changes are counted from 1 again, and much has happened.
        var probe = Scene.Probe();
        probe.Say(Scene.Topology("data-node1", 9));
        await using var again = await PageHost.StartAsync(cancellationToken, probe, port: host.Address.Port);
        await Expect(open.Page.Locator("#link-text")).ToHaveTextAsync("Live");
        await Expect(open.Page.Locator("#verdict-detail")).ToContainTextAsync("data-node1 leads on timeline 9");
        Assert.True(await open.Page.EvaluateAsync<bool>("window.notReloaded"));
    }

    [Fact]
    public async Task The_time_line_obeys_the_keyboard_and_reads_values_aloud()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        var page = open.Page;
        var timeline = page.Locator("#timeline");
        var say = page.Locator("#timeline-say");
        var live = page.Locator("#go-live");
        await timeline.FocusAsync();

        await page.Keyboard.PressAsync("+");
        await Expect(page.Locator("#latency-spans [aria-pressed=true]")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("-");
        await Expect(page.Locator("#latency-spans [aria-pressed=true]")).ToHaveTextAsync("5 min");

        await page.Keyboard.PressAsync("[");
        await Expect(live).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(say).ToContainTextAsync("Reads through HAProxy, No replica served reads: 0.42 s");
        await page.Keyboard.PressAsync("[");
        await Expect(say).ToContainTextAsync("Writes through HAProxy, Failover: 1.07 s");
        await page.Keyboard.PressAsync("[");
        await Expect(say).ToContainTextAsync("1.44 s");
        await open.PictureAsync("zoomed");
        await page.Keyboard.PressAsync("[");
        await Expect(say).ToHaveTextAsync("No earlier outage");

        await page.Keyboard.PressAsync("End");
        await Expect(live).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("Shift+ArrowLeft");
        await Expect(say).ToHaveTextAsync(new Regex(@"^15:\d\d:\d\d, Writes through HAProxy \d.*ms · p99 .*Reads direct"));
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#timeline-tip")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(live).ToHaveAttributeAsync("aria-pressed", "false");

        await page.Locator("summary", new PageLocatorOptions { HasText = "Latency as a table" }).ClickAsync();
        await Expect(page.Locator("#latency-table tbody tr")).ToHaveCountAsync(12);
        await Expect(page.Locator("#latency-table tbody td").First).ToContainTextAsync("ms");
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task Everything_is_reached_with_the_tab_key()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await open.Page.Locator("#switchover").WaitForAsync();
        var reached = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            await open.Page.Keyboard.PressAsync("Tab");
            var id = await open.Page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.className || document.activeElement.tagName");
            reached.Add(id);
            if (id == "BODY")
            {
                break;
            }
        }

        Assert.Equal("skip", reached[0]);
        string[] expected = ["zoom-in", "zoom-out", "go-live", "timeline", "report-period", "report-markdown", "report-plot", "candidate", "switchover", "verify"];
        Assert.Empty(expected.Except(reached));
    }

    [Fact]
    public async Task The_report_links_name_the_chosen_period()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await open.Page.SelectOptionAsync("#report-period", "PT15M");
        await Expect(open.Page.Locator("#report-markdown")).ToHaveAttributeAsync("href", "api/report.md?last=PT15M");

        await open.Page.SelectOptionAsync("#report-period", "custom");
        await open.Page.FillAsync("input[name=from]", "2026-03-14T15:00");
        await Expect(open.Page.Locator("#report-plot")).ToHaveAttributeAsync("href", "api/report.svg?from=2026-03-14T15%3A00%3A00.000Z");
        var download = await open.Page.RunAndWaitForDownloadAsync(() => open.Page.ClickAsync("#report-plot"));
        Assert.Equal("availability-20260314-153000.svg", download.SuggestedFilename);
        Assert.Empty(open.Complaints);
    }

    [GeneratedRegex(@"^\s*\d+\.\d s$")]
    private static partial Regex Seconds();

    private static Regex WholeWord(string word) => new($@"\b{word}\b");
}

using Deque.AxeCore.Playwright;
using HaPgAspire.Probe.Model;
using Microsoft.Playwright;

namespace HaPgAspire.ProbeTests.Page;

[Trait("Category", "Browser")]
public sealed class AccessibilityTests(BrowserFixture browser)
{
    [Theory]
    [InlineData("wide", 1560, ColorScheme.Light)]
    [InlineData("wide", 1560, ColorScheme.Dark)]
    [InlineData("tablet", 834, ColorScheme.Light)]
    [InlineData("phone", 390, ColorScheme.Light)]
    [InlineData("phone", 390, ColorScheme.Dark)]
    [InlineData("narrow", 320, ColorScheme.Light)]
    public async Task Axe_finds_nothing_and_nothing_is_cut_off(string name, int width, ColorScheme scheme)
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        await using var open = await OpenPage.OpenAsync(browser, host.Address, width, 900, scheme);
        await open.Page.Locator("#switchover").WaitForAsync();
        await open.Page.Locator(".outage > summary").Nth(2).ClickAsync();
        await open.Page.Locator("summary", new PageLocatorOptions { HasText = "Members as a table" }).ClickAsync();
        await open.Page.Locator("summary", new PageLocatorOptions { HasText = "Latency as a table" }).ClickAsync();
        await open.PictureAsync($"{name}-{scheme}");

        await CheckAsync(open);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_when_everything_is_wrong(ColorScheme scheme)
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        await using var open = await OpenPage.OpenAsync(browser, host.Address, 1280, 900, scheme);
        host.Probe.Say(Scene.Topology(null, 5, "data-node2"));
        host.Probe.Say(Scene.FrontDoor(Availability.Down, lost: 26), Scene.Direct(Availability.Suspect));
        host.Probe.Say(Scene.Outage(16, RouteKind.FrontDoor, Scene.Now.AddSeconds(-4), null, OutageCause.Unknown, "data-node2", null, 5, [0.1]));
        await open.Page.Locator("#counters .not-zero").WaitForAsync();
        await open.Page.Locator("#outages .open").WaitForAsync();
        await open.PictureAsync($"trouble-{scheme}");
        await CheckAsync(open);

        await open.Page.ClickAsync("#verify");
        await open.Page.Locator("#token-dialog[open]").WaitForAsync();
        await CheckAsync(open);
    }

    private static async Task CheckAsync(OpenPage open)
    {
        var result = await open.Page.RunAxe();
        Assert.Empty(result.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Select(node => node.Html))}"));
        Assert.Equal(0, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty(open.Complaints);
    }
}

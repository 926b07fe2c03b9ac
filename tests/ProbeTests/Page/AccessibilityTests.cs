using Deque.AxeCore.Playwright;
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
    public async Task Axe_finds_nothing_and_nothing_is_cut_off(string name, int width, ColorScheme scheme)
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        await using var open = await OpenPage.OpenAsync(browser, host.Address, width, 900, scheme);
        await open.Page.Locator(".outage").First.WaitForAsync();
        await open.Page.Locator("#switchover").WaitForAsync();
        await open.Page.Locator(".outage > summary").Nth(2).ClickAsync();
        await open.PictureAsync($"{name}-{scheme}");

        var result = await open.Page.RunAxe();

        Assert.Empty(result.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Select(node => node.Html))}"));
        Assert.Equal(0, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty(open.Complaints);
    }
}

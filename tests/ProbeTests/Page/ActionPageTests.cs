using HaPgAspire.Probe.Model;
using static Microsoft.Playwright.Assertions;

namespace HaPgAspire.ProbeTests.Page;

[Trait("Category", "Browser")]
public sealed class ActionPageTests(BrowserFixture browser)
{
    [Fact]
    public async Task Without_a_configured_token_there_is_nothing_to_press()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await Expect(open.Page.Locator("#actions")).ToContainTextAsync("Off. Start the probe with an action token");
        await Expect(open.Page.Locator("#actions button")).ToHaveCountAsync(0);
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task A_wrong_token_changes_nothing_and_is_not_kept()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await open.Page.ClickAsync("#verify");
        await open.PictureAsync("token");
        await open.Page.FillAsync("#token-input", "not-the-token-at-all");
        await open.Page.Keyboard.PressAsync("Enter");

        await Expect(open.Page.Locator("#action-result")).ToHaveTextAsync("Refused: the token is wrong.");
        Assert.Equal(0, host.Probe.Verifications);
        Assert.Equal(0, await open.Page.EvaluateAsync<int>("sessionStorage.length + localStorage.length + document.cookie.length"));
    }

    [Fact]
    public async Task Leaving_the_dialog_does_nothing()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await open.Page.ClickAsync("#switchover");
        await open.Page.Keyboard.PressAsync("Escape");
        await Expect(open.Page.Locator("#confirm-dialog")).ToBeHiddenAsync();
        await open.Page.ClickAsync("#verify");
        await open.Page.ClickAsync("#token-dialog [data-close]");
        await Expect(open.Page.Locator("#token-dialog")).ToBeHiddenAsync();
        Assert.Empty(host.Probe.Switchovers);
        Assert.Equal(0, host.Probe.Verifications);
        Assert.Empty(open.Complaints);
    }

    [Fact]
    public async Task With_the_token_a_switchover_and_a_check_are_done()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        host.Probe.OnSwitchover = candidate => new ActionResult(true, $"{candidate} leads now.");
        host.Probe.OnVerify = () => Scene.Verified(Scene.Now);
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        var page = open.Page;
        await page.SelectOptionAsync("#candidate", "data-node3");
        await page.ClickAsync("#switchover");
        await Expect(page.Locator("#confirm-text")).ToContainTextAsync("data-node2 hands over to data-node3");
        await open.PictureAsync("confirm");
        await page.ClickAsync("#confirm-go");
        await page.FillAsync("#token-input", PageHost.Token);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#action-result")).ToHaveTextAsync("data-node3 leads now.");
        Assert.Equal(["data-node3"], host.Probe.Switchovers);

        // The token is known to this tab now.
        await page.ClickAsync("#verify");
        await Expect(page.Locator("#action-result")).ToContainTextAsync("None lost: all 2\u2009804\u2009554 acknowledged writes are there, on 3 members.");
        Assert.Equal(1, host.Probe.Verifications);

        // In a cookie or across tabs it is not; and it can be forgotten.
        Assert.Equal("", await page.EvaluateAsync<string>("document.cookie"));
        Assert.Equal(0, await page.EvaluateAsync<int>("localStorage.length"));
        await page.ClickAsync("#lock");
        Assert.Equal(0, await page.EvaluateAsync<int>("sessionStorage.length"));
        Assert.Empty(open.Complaints);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(PageHost.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_by_the_cluster_is_told_in_its_words()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken, token: PageHost.Token);
        host.Probe.OnSwitchover = _ => new ActionResult(false, "No healthy candidate was found.");
        await using var open = await OpenPage.OpenAsync(browser, host.Address);
        await open.Page.ClickAsync("#switchover");
        await open.Page.ClickAsync("#confirm-go");
        await open.Page.FillAsync("#token-input", PageHost.Token);
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.Locator("#action-result")).ToHaveTextAsync("No switchover: No healthy candidate was found.");
    }
}

using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace HaPgAspire.ProbeTests.Page;

/// <summary>The page in a browser tab of its own, with everything the browser complained about.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private OpenPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue($"uncaught: {error}");
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings on the console, and exceptions nobody caught.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public static async Task<OpenPage> OpenAsync(
        BrowserFixture fixture, Uri address, int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light, ReducedMotion motion = ReducedMotion.Reduce,
        int series = 4)
    {
        var browser = await fixture.StartAsync();
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = motion,
            TimezoneId = "UTC",
            DeviceScaleFactor = width < 600 ? 2 : 1,
        });
        context.SetDefaultTimeout(90_000);
        var page = new OpenPage(context, await context.NewPageAsync());
        await page.Page.GotoAsync(address.ToString());
        await page.Page.Locator("body[data-link=live]").WaitForAsync();

        // One for each series that has come, and one for outages.
        await page.Page.Locator("#latency-legend li").Nth(series).WaitForAsync();
        return page;
    }

    public async Task PictureAsync(string name) =>
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(BrowserFixture.Pictures, $"{name}.png"), FullPage = true });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}

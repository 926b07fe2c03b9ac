using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(HaPgAspire.ProbeTests.Page.BrowserFixture))]

namespace HaPgAspire.ProbeTests.Page;

/// <summary>One headless Chromium for all browser tests, started by the first of them.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly SemaphoreSlim _gate = new(1, 1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where pictures of the page are put.</summary>
    public static string Pictures { get; } = Path.Combine(AppContext.BaseDirectory, "pictures");

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Pictures);
        // Two busy cores are slow at starting a renderer; what is awaited usually comes within milliseconds.
        Assertions.SetDefaultExpectTimeout(20_000);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _gate.Dispose();
    }

    /// <summary>The browser; the test is skipped where the machine has none.</summary>
    public async Task<IBrowser> StartAsync()
    {
        var executable = Environment.GetEnvironmentVariable("CHROMIUM_PATH") ?? Places.FirstOrDefault(File.Exists);
        Assert.SkipWhen(executable is null, "No Chromium here: install it or set CHROMIUM_PATH.");
        await _gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = executable,
                Headless = true,
                Args =
                [
                    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                ],
            });
        }
        finally
        {
            _gate.Release();
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using HaPgAspire.ProbeTests.Page;

namespace HaPgAspire.ProbeTests.Api;

public sealed partial class PageFilesTests
{
    [Fact]
    public async Task Every_file_that_the_page_names_is_served_with_its_type()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var host = await PageHost.StartAsync(cancellationToken);
        var page = await host.Client.GetStringAsync(new Uri("/", UriKind.Relative), cancellationToken);
        var files = FileNames().Matches(page).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Contains("js/main.js", files);
        foreach (var module in ModuleNames().Matches(await host.Client.GetStringAsync(new Uri("js/main.js", UriKind.Relative), cancellationToken)).Cast<Match>())
        {
            files.Add("js/" + module.Groups[1].Value);
        }

        foreach (var file in files)
        {
            using var response = await host.Client.GetAsync(new Uri(file, UriKind.Relative), cancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(
                Path.GetExtension(file) switch { ".js" => "text/javascript", ".css" => "text/css", _ => "image/svg+xml" },
                response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task The_page_carries_no_script_and_no_style_in_itself()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        var page = await host.Client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", page);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/status")]
    [InlineData("/api/nothing")]
    public async Task Every_answer_is_guarded(string address)
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        using var response = await host.Client.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
    }

    [Fact]
    public async Task An_unchanged_file_is_not_sent_again()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var host = await PageHost.StartAsync(cancellationToken);
        using var first = await host.Client.GetAsync(new Uri("page.css", UriKind.Relative), cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, "page.css");
        request.Headers.IfNoneMatch.Add(Assert.IsType<EntityTagHeaderValue>(first.Headers.ETag));
        using var second = await host.Client.SendAsync(request, cancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [GeneratedRegex("(?:src|href)=\"((?:js/|page|icon)[^\"]+)\"")]
    private static partial Regex FileNames();

    [GeneratedRegex("from \"\\./([^\"]+)\"")]
    private static partial Regex ModuleNames();
}

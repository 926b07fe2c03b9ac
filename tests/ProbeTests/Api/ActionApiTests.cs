using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HaPgAspire.Probe.Api;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using HaPgAspire.ProbeTests.Page;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.ProbeTests.Api;

public sealed class ActionApiTests
{
    [Fact]
    public async Task Without_a_configured_token_actions_do_not_exist()
    {
        await using var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        using var response = await SendAsync(host, "verify", PageHost.Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, host.Probe.Verifications);
        var list = await host.Client.GetFromJsonAsync<JsonElement>("api/actions", TestContext.Current.CancellationToken);
        Assert.False(list.GetProperty("enabled").GetBoolean());
        Assert.Equal(0, list.GetProperty("actions").GetArrayLength());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("wrong-but-just-as-long")]
    [InlineData(PageHost.Token + "x")]
    public async Task Without_the_right_token_nothing_is_done(string? token)
    {
        await using var host = await StartAsync();
        using var response = await SendAsync(host, "switchover", token, "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(host.Probe.Switchovers);
    }

    [Fact]
    public async Task The_token_counts_in_the_header_only()
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/actions/verify?token={PageHost.Token}&access_token={PageHost.Token}");
        request.Headers.Add("Cookie", $"token={PageHost.Token}; Authorization=Bearer {PageHost.Token}");
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(0, host.Probe.Verifications);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://elsewhere.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    public async Task A_page_of_another_origin_gets_nowhere_even_with_the_token(string header, string value)
    {
        await using var host = await StartAsync();
        using var response = await SendAsync(host, "verify", PageHost.Token, headers: (header, value));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(0, host.Probe.Verifications);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_probes_own_page_is_let_through()
    {
        await using var host = await StartAsync();
        using var response = await SendAsync(host, "verify", PageHost.Token, headers: [("Sec-Fetch-Site", "same-origin"), ("Origin", $"http://{host.Address.Authority}")]);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, host.Probe.Verifications);
    }

    [Fact]
    public async Task A_plain_form_cannot_act()
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/actions/switchover")
        {
            Content = new FormUrlEncodedContent([new("candidate", "data-node3")]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", PageHost.Token);
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Empty(host.Probe.Switchovers);
    }

    [Fact]
    public async Task A_switchover_goes_to_the_named_member_or_to_any()
    {
        await using var host = await StartAsync();
        using var named = await SendAsync(host, "switchover", PageHost.Token, """{"candidate":"data-node3"}""");
        using var any = await SendAsync(host, "switchover", PageHost.Token, "{}");
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
        Assert.Equal(["data-node3", null], host.Probe.Switchovers);
        var result = await named.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal("data-node3 leads now.", result.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"candidate":"data-node9"}""")]
    [InlineData("""{"candidate":"data-node2"}""")]
    [InlineData("""{"candidate":"data-node1\r\nInjected: line"}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task A_candidate_that_cannot_be_is_refused(string body)
    {
        await using var host = await StartAsync();
        using var response = await SendAsync(host, "switchover", PageHost.Token, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(host.Probe.Switchovers);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("Injected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_of_more_than_4_kB_is_not_read()
    {
        await using var host = await StartAsync();
        using var response = await SendAsync(host, "switchover", PageHost.Token, $$"""{"candidate":"{{new string('x', 5000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task What_the_cluster_refuses_is_a_conflict_in_its_words()
    {
        await using var host = await StartAsync();
        host.Probe.OnSwitchover = _ => new ActionResult(false, "The cluster is paused.");
        using var response = await SendAsync(host, "switchover", PageHost.Token, "{}");
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal("The cluster is paused.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Guessing_is_slowed_down()
    {
        await using var host = await StartAsync(new ActionLimit(3, TimeSpan.FromHours(1)));
        for (var i = 0; i < 3; i++)
        {
            using var wrong = await SendAsync(host, "verify", $"guess-number-{i}-of-many");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        using var right = await SendAsync(host, "verify", PageHost.Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        Assert.Equal("3600", Assert.Single(right.Headers.GetValues("Retry-After")));
        Assert.Equal(0, host.Probe.Verifications);
    }

    [Fact]
    public async Task Other_origins_cannot_use_up_the_owners_tries()
    {
        await using var host = await StartAsync(new ActionLimit(1, TimeSpan.FromHours(1)));
        for (var i = 0; i < 5; i++)
        {
            using var foreign = await SendAsync(host, "verify", "whatever", headers: ("Sec-Fetch-Site", "cross-site"));
        }

        using var own = await SendAsync(host, "verify", PageHost.Token);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task The_token_is_in_no_log_line_and_no_answer()
    {
        await using var host = await StartAsync();
        using var done = await SendAsync(host, "verify", PageHost.Token);
        using var refused = await SendAsync(host, "verify", PageHost.Token + "x");
        var answers = await done.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
            + await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(PageHost.Token, answers, StringComparison.Ordinal);
        Assert.Contains(host.Log.Lines, line => line.Contains("Check for lost writes asked for by 127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(host.Log.Lines, line => line.Contains("Refused /api/actions/verify for 127.0.0.1: 401", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(PageHost.Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("short-secret", false)]
    [InlineData("", true)]
    [InlineData(PageHost.Token, true)]
    public void A_token_that_could_be_guessed_stops_the_start_without_being_told(string token, bool starts)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Probe:ActionToken", token)]).Build();
        var refusal = Record.Exception(() => ProbeOptions.From(configuration));
        Assert.Equal(starts, refusal is null);
        Assert.DoesNotContain("short-secret", refusal?.Message ?? "", StringComparison.Ordinal);
    }

    private static Task<PageHost> StartAsync(ActionLimit? limit = null)
    {
        var probe = Scene.Probe();
        probe.OnVerify = () => Scene.Verified(Scene.Now);
        return PageHost.StartAsync(
            TestContext.Current.CancellationToken, probe, PageHost.Token, services: services => services.AddSingleton(limit ?? ActionLimit.Default));
    }

    private static async Task<HttpResponseMessage> SendAsync(
        PageHost host, string action, string? token, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/actions/{action}");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

using System.Net;
using HaPgAspire.Probe.Api;
using HaPgAspire.Probe.Model;
using HaPgAspire.ProbeTests.Page;

namespace HaPgAspire.ProbeTests.Api;

public sealed class EventApiTests
{
    [Fact]
    public async Task The_whole_state_comes_first_and_then_each_change()
    {
        await using var host = await StartAsync();
        await using var stream = await EventStream.OpenAsync(host);
        var (name, _, data) = await stream.NextAsync();
        Assert.Equal("status", name);
        Assert.Equal("data-node2", data.GetProperty("topology").GetProperty("leader").GetString());

        host.Probe.Say(Scene.Topology("data-node3", 6));
        host.Probe.Say(Scene.FrontDoor(Availability.Down));
        host.Probe.Say(Scene.Outage(16, RouteKind.FrontDoor, Scene.Now, null, OutageCause.Unknown, "data-node2", null, 5, []));
        host.Probe.Say(Scene.Samples(Scene.Now, Scene.Now.AddSeconds(1)).First());
        host.Probe.Say(Scene.Verified(Scene.Now));

        (name, _, data) = await stream.NextAsync();
        Assert.Equal("topology", name);
        Assert.Equal("data-node3", data.GetProperty("leader").GetString());
        (name, _, data) = await stream.NextAsync();
        Assert.Equal("routes", name);
        Assert.Equal("Down", data[0].GetProperty("writeState").GetString());
        (name, _, data) = await stream.NextAsync();
        Assert.Equal("outage", name);
        Assert.Equal(16, data.GetProperty("id").GetInt64());
        (name, _, data) = await stream.NextAsync();
        Assert.Equal("sample", name);
        Assert.Equal("2026-03-14T15:30:00+00:00", data.GetProperty("second").GetString());
        (name, _, data) = await stream.NextAsync();
        Assert.Equal("verification", name);
        Assert.True(data.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task A_listener_that_comes_back_gets_what_it_missed_and_nothing_else()
    {
        await using var host = await StartAsync();
        string? seen;
        await using (var stream = await EventStream.OpenAsync(host))
        {
            await stream.NextAsync();
            host.Probe.Say(Scene.Topology("data-node1", 6));
            (_, seen, _) = await stream.NextAsync();
        }

        host.Probe.Say(Scene.Topology("data-node3", 7));
        host.Probe.Say(Scene.Topology("data-node2", 8));

        await using var again = await EventStream.OpenAsync(host, seen);
        var (name, _, data) = await again.NextAsync();
        Assert.Equal(("topology", 7), (name, data.GetProperty("timeline").GetInt32()));
        (name, _, data) = await again.NextAsync();
        Assert.Equal(("topology", 8), (name, data.GetProperty("timeline").GetInt32()));
    }

    [Theory]
    [InlineData("deadbeef-1")]
    [InlineData("nonsense")]
    [InlineData("-1")]
    public async Task An_id_of_another_process_or_of_nobody_gets_the_whole_state(string id)
    {
        await using var host = await StartAsync();
        host.Probe.Say(Scene.Topology("data-node1", 6));
        await using var stream = await EventStream.OpenAsync(host, id);
        Assert.Equal("status", (await stream.NextAsync()).Event);
    }

    [Fact]
    public async Task A_listener_that_was_away_for_too_long_gets_the_whole_state()
    {
        await using var host = await StartAsync();
        string? seen;
        await using (var stream = await EventStream.OpenAsync(host))
        {
            (_, seen, _) = await stream.NextAsync();
        }

        await using var witness = await EventStream.OpenAsync(host);
        await witness.NextAsync();
        for (var i = 0; i <= LiveFeed.Kept; i++)
        {
            host.Probe.Say(Scene.Topology("data-node1", i));
        }

        await UntilAsync(witness, timeline: LiveFeed.Kept);
        await using var again = await EventStream.OpenAsync(host, seen);
        Assert.Equal("status", (await again.NextAsync()).Event);
    }

    [Fact]
    public async Task After_changes_were_dropped_on_the_way_everyone_gets_the_whole_state()
    {
        await using var host = await StartAsync();
        await using var stream = await EventStream.OpenAsync(host);
        await stream.NextAsync();
        host.Probe.Say(Scene.Topology("data-node1", 6));
        await stream.NextAsync();

        host.Probe.Skip(3);
        host.Probe.Say(Scene.Topology("data-node3", 7));

        var (name, _, data) = await stream.NextAsync();
        Assert.Equal("status", name);
        Assert.Equal(7, data.GetProperty("topology").GetProperty("timeline").GetInt32());
    }

    [Fact]
    public async Task A_silent_line_is_broken_by_a_beat()
    {
        await using var host = await StartAsync();
        await using var stream = await EventStream.OpenAsync(host);
        await stream.NextAsync();
        var (name, id, _) = await stream.NextAsync();
        Assert.Equal("beat", name);
        Assert.Null(id);
    }

    [Fact]
    public async Task A_stopping_server_ends_its_streams_at_once()
    {
        await using var host = await StartAsync();
        await using var stream = await EventStream.OpenAsync(host);
        await stream.NextAsync();
        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(await stream.MovesAsync());
    }

    [Fact]
    public async Task More_listeners_than_it_serves_are_sent_away_until_one_leaves()
    {
        await using var host = await StartAsync();
        var streams = new List<EventStream>();
        for (var i = 0; i < LiveFeed.MostListeners; i++)
        {
            streams.Add(await EventStream.OpenAsync(host));
        }

        using (var refused = await host.Client.GetAsync(new Uri("api/events", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("5", Assert.Single(refused.Headers.GetValues("Retry-After")));
        }

        await streams[0].DisposeAsync();
        // The server notices a broken connection in its own time.
        var status = HttpStatusCode.ServiceUnavailable;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (status == HttpStatusCode.ServiceUnavailable)
        {
            using var response = await host.Client.GetAsync(new Uri("api/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, limit.Token);
            status = response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);
        foreach (var stream in streams.Skip(1))
        {
            await stream.DisposeAsync();
        }
    }

    /// <summary>A host whose feed listens to its probe already.</summary>
    private static async Task<PageHost> StartAsync()
    {
        var host = await PageHost.StartAsync(TestContext.Current.CancellationToken);
        await host.Probe.ListenedTo.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        return host;
    }

    /// <summary>Reads until the topology has come, by itself or, to a listener that fell behind, in the whole state.</summary>
    private static async Task UntilAsync(EventStream stream, int timeline)
    {
        while (true)
        {
            var (name, _, data) = await stream.NextAsync();
            Assert.NotEqual("beat", name);
            var topology = name == "status" ? data.GetProperty("topology") : data;
            if (topology.GetProperty("timeline").GetInt32() == timeline)
            {
                return;
            }
        }
    }
}

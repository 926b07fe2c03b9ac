using System.Net.ServerSentEvents;
using System.Text.Json;
using HaPgAspire.ProbeTests.Page;

namespace HaPgAspire.ProbeTests.Api;

/// <summary>One connection to /api/events.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private EventStream(HttpResponseMessage response, IAsyncEnumerator<SseItem<string>> events)
    {
        _response = response;
        _events = events;
    }

    public static async Task<EventStream> OpenAsync(PageHost host, string? lastEventId = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/events");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellationToken));
        return new EventStream(response, parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken));
    }

    /// <summary>The next event.</summary>
    public async Task<(string Event, string? Id, JsonElement Data)> NextAsync()
    {
        Assert.True(await MovesAsync(), "The stream ended.");
        var current = _events.Current;
        return (current.EventType, current.EventId, JsonDocument.Parse(current.Data).RootElement);
    }

    /// <summary>Whether there is another event before the stream's end.</summary>
    public async Task<bool> MovesAsync() =>
        await _events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        try
        {
            await _events.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // A read is still under way: disposing the response has ended it.
        }
    }
}

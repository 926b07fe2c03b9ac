using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace HaPgAspire.Hosting;

/// <summary>The graph's probe through its HTTP API: the judge of what clients saw.</summary>
internal sealed class FaultProbe(IResourceWithEndpoints resource, ParameterResource actionToken) : IDisposable
{
    /// <summary>Times in the probe's API are numbers of seconds, names are camel case.</summary>
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The probe waits up to half a minute for its comparison, and the connection for the answer.</summary>
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = TimeSpan.FromSeconds(90) };

    /// <summary>The probe's resource.</summary>
    public IResource Resource => resource;

    public void Dispose() => _http.Dispose();

    /// <summary>The routes with their counters, or <see langword="null"/> while the probe does not answer.</summary>
    public async Task<ProbeRoute?> FrontDoorAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await _http.GetFromJsonAsync<ProbeRoute[]>(Address("api/routes"), Json, cancellationToken))?.FirstOrDefault(route => route.IsFrontDoor);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The counters of every route.</summary>
    public async Task<IReadOnlyList<ProbeRoute>> RoutesAsync(CancellationToken cancellationToken) =>
        await _http.GetFromJsonAsync<ProbeRoute[]>(Address("api/routes"), Json, cancellationToken) ?? [];

    /// <summary>The write outages through the front door since a moment, oldest first.</summary>
    public async Task<IReadOnlyList<ProbeOutage>> OutagesAsync(DateTimeOffset from, CancellationToken cancellationToken) =>
    [
        .. (await _http.GetFromJsonAsync<ProbeOutage[]>(
            Address($"api/outages?route=FrontDoor&kind=Write&from={Uri.EscapeDataString(from.UtcDateTime.ToString("O"))}"), Json, cancellationToken) ?? [])
            .OrderBy(outage => outage.Start),
    ];

    /// <summary>Has the acknowledged writes compared with what every member holds.</summary>
    /// <exception cref="ClusterException">The probe refused.</exception>
    public async Task<ProbeVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address("api/actions/verify"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await actionToken.GetValueAsync(cancellationToken));
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<ProbeVerification>(Json, cancellationToken) ?? throw new ClusterException("The probe's verification is empty.")
            : throw new ClusterException($"The probe refused to verify: HTTP {(int)response.StatusCode}.");
    }

    /// <summary>Writes down everything that the probe shows until cancelled; a probe that restarts is listened to again.</summary>
    public async Task FollowAsync(ProbeRecord record, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await _http.GetAsync(Address("api/events"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                response.EnsureSuccessStatusCode();
                await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
                await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
                {
                    if (item.EventType == "topology" && JsonSerializer.Deserialize<ProbeTopology>(item.Data, Json) is { } topology)
                    {
                        record.Add(topology);
                    }
                    else if (item.EventType == "status" && JsonSerializer.Deserialize<ProbeState>(item.Data, Json) is { } state)
                    {
                        record.Add(state.Topology);
                    }
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
            {
                // It stops or starts; the stream of one that stops in order ends without an error.
            }

            record.Interrupted();
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private Uri Address(string path)
    {
        EndpointReference endpoint = resource.GetEndpoints().First(endpoint => endpoint.IsHttp || endpoint.IsHttps);
        return new Uri(new Uri(endpoint.Url), path);
    }
}

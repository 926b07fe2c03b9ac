using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using OpenTelemetry;

namespace HaPgAspire.Probe.Cluster;

/// <summary>
/// Asks the components over HTTP: no retries and a short time-out, since an answer that comes late says nothing about now. Polls
/// leave no spans: there are several every second.
/// </summary>
internal sealed class ComponentClient(ProbeClock clock, TimeSpan timeout, Login? rest, ComponentTrust? trust = null) : IDisposable
{
    private const int LargestAnswer = 8 * 1024 * 1024;

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        SslOptions = trust?.Options() ?? new SslClientAuthenticationOptions(),
    })
    {
        MaxResponseContentBufferSize = LargestAnswer,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Reads a text; null when there was no answer in time. Patroni answers with 503 and a full document when it is not running.</summary>
    public async Task<string?> GetAsync(Uri address, CancellationToken cancellationToken, Login? login = null)
    {
        using var quiet = SuppressInstrumentationScope.Begin();
        using var limit = new CancellationTokenSource(timeout, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Authorization = login?.ToHeader();
            using var response = await _client.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode || response.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable
                ? await response.Content.ReadAsStringAsync(either.Token)
                : null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && IsNoAnswer(e))
        {
            return null;
        }
    }

    /// <summary>Reads a JSON document; null when there was none.</summary>
    public async Task<JsonDocument?> GetJsonAsync(Uri address, CancellationToken cancellationToken)
    {
        var text = await GetAsync(address, cancellationToken);
        try
        {
            return text is null ? null : JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Asks Patroni for a change, with the credentials for that; returns whether it agreed, and its words.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<(bool Agreed, string Answer)> PostAsync(Uri address, string json, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = rest?.ToHeader();
        using var response = await _client.SendAsync(request, cancellationToken);
        return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static bool IsNoAnswer(Exception e) =>
        e is HttpRequestException or OperationCanceledException or IOException or SocketException or InvalidOperationException;
}

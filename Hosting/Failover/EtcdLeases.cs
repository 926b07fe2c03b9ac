using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace HaPgAspire.Hosting;

/// <summary>The two calls of etcd's API that giving up a dead leader's lease takes, through the JSON gateway of etcd 3.5 (etcd documentation, "gRPC gateway").</summary>
internal sealed class EtcdLeases(PatroniClusterResource cluster) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = Limit };

    public void Dispose() => _http.Dispose();

    /// <summary>Who holds the leader's key, or <see langword="null"/> when nobody does.</summary>
    /// <exception cref="HttpRequestException">No etcd member answers.</exception>
    public async Task<LeaderLease?> GetLeaderAsync(CancellationToken cancellationToken)
    {
        string key = $"{cluster.Options.Namespace}/{cluster.Scope}/leader";
        JsonObject answer = await CallAsync("v3/kv/range", new JsonObject { ["key"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(key)) }, cancellationToken);
        return answer["kvs"] is JsonArray { Count: 1 } keys && keys[0] is JsonObject leader && (string?)leader["value"] is { } value && (string?)leader["lease"] is { } lease
            ? new LeaderLease(Encoding.UTF8.GetString(Convert.FromBase64String(value)), lease)
            : null;
    }

    /// <summary>Ends a lease; every key on it is gone in one revision.</summary>
    /// <exception cref="HttpRequestException">No etcd member answers.</exception>
    public Task RevokeAsync(string leaseId, CancellationToken cancellationToken) =>
        CallAsync("v3/lease/revoke", new JsonObject { ["ID"] = leaseId }, cancellationToken);

    private async Task<JsonObject> CallAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        HttpRequestException? last = null;
        foreach (EtcdMemberResource member in cluster.Etcd.Members.Where(member => member.ClientEndpoint.IsAllocated))
        {
            try
            {
                using HttpResponseMessage response = await _http.PostAsJsonAsync(new Uri(new Uri(member.ClientEndpoint.Url), path), body, cancellationToken);
                response.EnsureSuccessStatusCode();
                return await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken) ?? [];
            }
            catch (HttpRequestException e)
            {
                last = e;
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                last = new HttpRequestException($"{member.Name} did not answer within {Limit.TotalSeconds} s.", e);
            }
        }

        throw last ?? new HttpRequestException("etcd has no address yet.");
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>The calls of etcd's API that giving up a dead leader's lease takes, through the JSON gateway of etcd 3.5 (etcd documentation, "gRPC gateway").
/// With TLS it speaks as the cluster's user in etcd, by a token: the gateway does not take the user from the client's certificate.</summary>
internal sealed class EtcdLeases(PatroniClusterResource cluster) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // Made late: before the application starts there are no certificates to trust.
    private HttpClient? _http;
    private string? _token;

    private HttpClient Http => _http ??= new HttpClient(cluster.Security.CreateHandler()) { Timeout = Limit };

    public void Dispose() => _http?.Dispose();

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

    /// <summary>Asks one member.</summary>
    /// <exception cref="HttpRequestException">It does not answer, or refuses.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time.</exception>
    public async Task<JsonObject> CallAsync(EtcdMemberResource member, string path, JsonObject body, CancellationToken cancellationToken)
    {
        if (cluster.Security.IsOn)
        {
            _token ??= await AuthenticateAsync(member, cancellationToken);
        }

        HttpResponseMessage response = await PostAsync(member, path, body, cancellationToken);
        // The token has run out (after five minutes), or is from before a change of etcd's users.
        if (cluster.Security.IsOn && response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            response.Dispose();
            _token = await AuthenticateAsync(member, cancellationToken);
            response = await PostAsync(member, path, body, cancellationToken);
        }

        using (response)
        {
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken) ?? [];
        }
    }

    private async Task<HttpResponseMessage> PostAsync(EtcdMemberResource member, string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(member.ClientEndpoint.Url), path)) { Content = JsonContent.Create(body) };
        if (_token is { } token)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        return await Http.SendAsync(request, cancellationToken);
    }

    // Null where etcd knows no such user, as one that has lost its data; the request itself is then let in or refused.
    private async Task<string?> AuthenticateAsync(EtcdMemberResource member, CancellationToken cancellationToken)
    {
        var login = new JsonObject
        {
            ["name"] = EtcdAccess.UserName(cluster.Scope),
            ["password"] = await cluster.EtcdPasswordParameter.GetValueAsync(cancellationToken),
        };
        using HttpResponseMessage response = await Http.PostAsJsonAsync(new Uri(new Uri(member.ClientEndpoint.Url), "v3/auth/authenticate"), login, cancellationToken);
        return !response.IsSuccessStatusCode ? null : (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))?["token"];
    }

    /// <summary>Asks the first member that answers.</summary>
    /// <exception cref="HttpRequestException">No etcd member answers.</exception>
    public async Task<JsonObject> CallAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        HttpRequestException? last = null;
        foreach (EtcdMemberResource member in cluster.Etcd.Members.Where(member => member.ClientEndpoint.IsAllocated))
        {
            try
            {
                return await CallAsync(member, path, body, cancellationToken);
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

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaPgAspire.Hosting;

/// <summary>
/// Patroni's REST API, spoken from the app host (Patroni documentation, "Patroni REST API"). Reading is open; verbs that change something carry the REST
/// password. Any member can be asked about the whole cluster, so one that answers is enough.
/// </summary>
internal sealed class PatroniClient(PatroniClusterResource cluster) : IDisposable
{
    /// <summary>A member that does not answer by then is asked no further; Patroni answers in milliseconds from memory.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(2);

    /// <summary>Patroni answers a switchover when the new leader is up; a checkpoint of a busy server comes first.</summary>
    private static readonly TimeSpan ChangeLimit = TimeSpan.FromMinutes(5);

    // Both are made late: before the application starts there are no certificates to trust.
    private HttpClient? _reads;

    // A node that was started again has dropped the connections of the pool. Reading is simply tried again; what changes something is sent once,
    // so it gets a connection of its own each time.
    private HttpClient? _changes;

    private PatroniNodeResource? _lastToAnswer;

    private HttpClient Reads => _reads ??= Create(handler => handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30));

    private HttpClient Changes => _changes ??= Create(handler => handler.PooledConnectionLifetime = TimeSpan.Zero);

    public void Dispose()
    {
        _reads?.Dispose();
        _changes?.Dispose();
    }

    /// <summary>Whether a member's Patroni answers at all, be it to say that its loop hangs.</summary>
    public async Task<bool> IsAliveAsync(PatroniNodeResource node, TimeSpan within, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(within);
        try
        {
            if (Address(node, "liveness") is not { } address)
            {
                return false;
            }

            using HttpResponseMessage response = await Reads.GetAsync(address, limit.Token);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>The cluster as a member sees it, or <see langword="null"/> while none answers.</summary>
    public Task<ClusterView?> GetClusterAsync(CancellationToken cancellationToken) => GetClusterAsync(cluster.Nodes, cancellationToken);

    /// <summary>The cluster as one of the given members sees it, or <see langword="null"/> while none of them answers.</summary>
    public async Task<ClusterView?> GetClusterAsync(IEnumerable<PatroniNodeResource> nodes, CancellationToken cancellationToken)
    {
        foreach (PatroniNodeResource node in nodes.OrderBy(node => node == _lastToAnswer ? 0 : 1))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ReadLimit);
            try
            {
                if (Address(node, "cluster") is { } address && await Reads.GetFromJsonAsync<JsonObject>(address, limit.Token) is { } json)
                {
                    _lastToAnswer = node;
                    return Read(json);
                }
            }
            catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // This member is down or starting; the next one may know.
            }
        }

        return null;
    }

    /// <summary>Hands the leadership over, planned.</summary>
    /// <exception cref="ClusterException">Patroni refused, or no member answers.</exception>
    public Task<string> SwitchoverAsync(string leader, string? candidate, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["leader"] = leader };
        if (candidate is not null)
        {
            body["candidate"] = candidate;
        }

        return ChangeAsync(HttpMethod.Post, "switchover", body, Ordered(leader), repeatable: false, cancellationToken);
    }

    /// <summary>Deletes a replica's data and copies it anew from the leader.</summary>
    /// <exception cref="ClusterException">Patroni refused, or the member does not answer.</exception>
    public Task<string> ReinitializeAsync(PatroniNodeResource node, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Post, "reinitialize", new JsonObject { ["force"] = true }, [node], repeatable: false, cancellationToken);

    /// <summary>Has a member and its PostgreSQL read their files again: configuration and certificates.</summary>
    /// <exception cref="ClusterException">Patroni refused, or the member does not answer.</exception>
    public Task<string> ReloadAsync(PatroniNodeResource node, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Post, "reload", [], [node], repeatable: true, cancellationToken);

    /// <summary>Switches automatic failover off or on again.</summary>
    /// <exception cref="ClusterException">Patroni refused, or no member answers.</exception>
    public Task<string> PauseAsync(bool pause, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Patch, "config", new JsonObject { ["pause"] = pause ? true : null }, cluster.Nodes, repeatable: true, cancellationToken);

    /// <summary>
    /// Brings the configuration that Patroni keeps in etcd to what the options say. A new cluster has it from its first member's file; one whose data was kept
    /// has that of its first run.
    /// </summary>
    /// <returns>Whether anything had to change.</returns>
    /// <exception cref="ClusterException">Patroni refused, or no member answers.</exception>
    public async Task<bool> ConfigureAsync(JsonObject wanted, CancellationToken cancellationToken)
    {
        JsonObject? current = null;
        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ReadLimit);
            try
            {
                current = Address(node, "config") is { } address ? await Reads.GetFromJsonAsync<JsonObject>(address, limit.Token) : null;
            }
            catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // This member is down or starting; the next one may know.
            }

            if (current is not null)
            {
                break;
            }
        }

        if (current is null)
        {
            throw new ClusterException($"No member of cluster {cluster.Name} tells its configuration.");
        }

        JsonObject patch = PatroniConfigurationPatch.Create(current, wanted);
        if (patch.Count == 0)
        {
            return false;
        }

        await ChangeAsync(HttpMethod.Patch, "config", patch, cluster.Nodes, repeatable: true, cancellationToken);
        return true;
    }

    private HttpClient Create(Action<SocketsHttpHandler> set)
    {
        SocketsHttpHandler handler = cluster.Security.CreateHandler();
        set(handler);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static ClusterView Read(JsonObject json)
    {
        IEnumerable<MemberView> members = (json["members"] as JsonArray ?? []).OfType<JsonObject>().Select(member => new MemberView(
            Text(member, "name"),
            Text(member, "role"),
            Text(member, "state"),
            Number(member, "timeline") is { } timeline ? (int)timeline : null,
            Number(member, "lag"),
            Text(member, "host")));
        return new ClusterView(
            [.. members.OrderByDescending(member => member.IsLeader).ThenBy(member => member.Name, StringComparer.Ordinal)],
            json["pause"] is JsonValue pause && pause.TryGetValue(out bool paused) && paused);
    }

    private static string Text(JsonObject member, string key) => member[key] is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty;

    // Patroni writes "unknown" where it has no number.
    private static long? Number(JsonObject member, string key) => member[key] is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static Uri? Address(PatroniNodeResource node, string path) =>
        node.RestEndpoint.IsAllocated ? new Uri(new Uri(node.RestEndpoint.Url), path) : null;

    private IEnumerable<PatroniNodeResource> Ordered(string first) => cluster.Nodes.OrderBy(node => node.Name == first ? 0 : 1);

    /// <param name="method">The verb's method.</param>
    /// <param name="path">The verb's path.</param>
    /// <param name="body">The verb's arguments.</param>
    /// <param name="nodes">Whom to ask, one after the other until one answers.</param>
    /// <param name="repeatable">Whether doing it twice is as good as once. A port that an engine publishes accepts connections while nothing listens behind
    /// it, so a connection that ends without an answer tells nothing about whether the verb was carried out.</param>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    private async Task<string> ChangeAsync(
        HttpMethod method, string path, JsonObject body, IEnumerable<PatroniNodeResource> nodes, bool repeatable, CancellationToken cancellationToken)
    {
        string password = await cluster.RestPasswordParameter.GetValueAsync(cancellationToken) ?? string.Empty;
        string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{PostgresOptions.RestUser}:{password}"));
        foreach (PatroniNodeResource node in nodes)
        {
            if (Address(node, path) is not { } address)
            {
                continue;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ChangeLimit);
            using var request = new HttpRequestMessage(method, address)
            {
                // Patroni wants to be told the length.
                Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
            HttpResponseMessage response;
            try
            {
                response = await Changes.SendAsync(request, limit.Token);
            }
            catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
            {
                // Nothing was sent, so another member may be asked without doing it twice.
                continue;
            }
            catch (HttpRequestException) when (repeatable)
            {
                continue;
            }
            catch (HttpRequestException e)
            {
                throw new ClusterException(
                    $"{node.Name} ended the connection without an answer, so {path} may have been carried out or not: look at the members, then try again.", e);
            }

            using (response)
            {
                string answer = (await response.Content.ReadAsStringAsync(limit.Token)).Trim();
                return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted
                    ? answer
                    : throw new ClusterException($"Patroni on {node.Name} refused {path}: {answer} (HTTP {(int)response.StatusCode}).");
            }
        }

        throw new ClusterException($"No member of cluster {cluster.Name} answers on Patroni's REST port: start a node, then try again.");
    }
}

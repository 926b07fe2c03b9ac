using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using HaPgAspire.ClusterTests.Cluster;
using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Security;
using Npgsql;

namespace HaPgAspire.ClusterTests.Security;

[Collection(TlsCluster.Name)]
[Trait("Category", "Engine")]
public sealed class TlsTests(TlsCluster shared)
{
    private TestCluster Cluster => shared.Cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_way_to_the_database_is_verified_in_full_and_encrypted_by_TLS_1_3()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        foreach (string connectionString in await ConnectionStringsAsync())
        {
            Assert.Equal(SslMode.VerifyFull, new NpgsqlConnectionStringBuilder(connectionString).SslMode);
            Assert.Equal("TLSv1.3", await TestCluster.QueryAsync(connectionString, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", Cancellation));
        }
    }

    [Fact]
    public async Task A_replica_streams_and_verifies()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string monitoring = (await Cluster.Resource.MonitoringPasswordParameter.GetValueAsync(Cancellation))!;
        var settings = new NpgsqlConnectionStringBuilder(await Cluster.ConnectionStringAsync(leader, Cancellation)) { Username = PostgresOptions.MonitoringRole, Password = monitoring, Database = "postgres" };
        Assert.Equal(
            2L, await TestCluster.QueryAsync(settings.ConnectionString, "SELECT count(*) FROM pg_stat_replication JOIN pg_stat_ssl USING (pid) WHERE ssl AND version = 'TLSv1.3'", Cancellation));
        foreach (PatroniNodeResource replica in Cluster.Resource.Nodes.Where(node => node.Name != leader))
        {
            settings = new NpgsqlConnectionStringBuilder(await Cluster.ConnectionStringAsync(replica.Name, Cancellation)) { Username = PostgresOptions.MonitoringRole, Password = monitoring, Database = "postgres" };
            Assert.Contains(
                "sslmode=verify-full", (string?)await TestCluster.QueryAsync(settings.ConnectionString, "SELECT conninfo FROM pg_stat_wal_receiver", Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task PostgreSQL_takes_nobody_in_plain_text()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        foreach (string connectionString in await ConnectionStringsAsync())
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString) { SslMode = SslMode.Disable, Pooling = false };
            settings.Remove("Root Certificate");
            Assert.Equal(PostgresErrorCodes.InvalidAuthorizationSpecification, (await RefusalAsync<PostgresException>(settings.ConnectionString)).SqlState);
        }
    }

    [Fact]
    public async Task A_server_of_another_authority_is_refused_by_clients()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        string other = await OtherAuthorityAsync();
        foreach (string connectionString in await ConnectionStringsAsync())
        {
            string untrusting = new NpgsqlConnectionStringBuilder(connectionString) { RootCertificate = other, Pooling = false }.ConnectionString;
            Assert.NotNull(await RefusalAsync<AuthenticationException>(untrusting));
        }
    }

    [Fact]
    public async Task PostgreSQL_and_the_statistics_refuse_TLS_1_2()
    {
        foreach ((Uri address, bool postgres) in (IEnumerable<(Uri, bool)>)
            [.. Cluster.Resource.Nodes.Select(node => (Cluster.Endpoint(node.Name, "postgres"), true)), (Cluster.Endpoint("haproxy", "statistics"), false)])
        {
            await ConnectAsync(address, postgres, protocols: SslProtocols.Tls13);
            await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(address, postgres, protocols: SslProtocols.Tls12));
        }
    }

    [Theory]
    [InlineData("data-node1", "rest", "patroni")]
    [InlineData("etcd", "client", "health")]
    [InlineData("haproxy", "statistics", "health")]
    public async Task HTTP_without_TLS_gets_no_answer_that_says_anything(string resource, string endpoint, string path)
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        Uri address = Cluster.Endpoint(resource, endpoint);
        Assert.Equal("https", address.Scheme);
        using (var encrypted = Http())
        {
            Assert.True((await encrypted.GetAsync(new Uri(address, path), Cancellation)).IsSuccessStatusCode);
        }

        using var plain = new HttpClient();
        try
        {
            using HttpResponseMessage answer = await plain.GetAsync(new UriBuilder(new Uri(address, path)) { Scheme = "http" }.Uri, Cancellation);
            // Go's server tells why it closes.
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.DoesNotContain("true", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
        catch (HttpRequestException closed)
        {
            Assert.Null(closed.StatusCode);
        }
    }

    [Fact]
    public async Task The_REST_password_is_wanted_for_what_changes_something_over_TLS_too()
    {
        using HttpClient http = Http();
        using HttpResponseMessage refused = await http.PostAsync(new Uri(Cluster.Endpoint("data-node1", "rest"), "restart"), new StringContent("{}"), Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Etcd_lets_in_who_has_a_certificate_of_this_deployment_and_nobody_else()
    {
        var health = new Uri(Cluster.Endpoint("etcd", "client"), "health");
        using (HttpClient observer = Http())
        {
            Assert.True((await observer.GetAsync(health, Cancellation)).IsSuccessStatusCode);
        }

        using (HttpClient nobody = Http(client: null))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => nobody.GetAsync(health, Cancellation));
        }

        using HttpClient stranger = Http(client: await OtherClientAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(health, Cancellation));
    }

    [Fact]
    public async Task Etcd_s_peer_port_wants_a_certificate_too()
    {
        (int exitCode, string output, string error) = await shared.PythonAsync("data-node1", Handshake("etcd", 2380, "/etc/patroni/tls/client.pem"), Cancellation);
        Assert.True(exitCode == 0, error);
        Assert.Equal("let in", output.Trim());
        (_, output, error) = await shared.PythonAsync("data-node1", Handshake("etcd", 2380, client: null), Cancellation);
        Assert.Empty(output);
        Assert.Contains("certificate required", error, StringComparison.OrdinalIgnoreCase);
        (exitCode, output, error) = await shared.PythonAsync("data-node1", "import urllib.request; print(urllib.request.urlopen('http://etcd:2380/version').status)", Cancellation);
        Assert.NotEqual(0, exitCode);
        Assert.Empty(output);
        Assert.Contains("urlopen", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cluster_s_user_in_etcd_reads_and_writes_the_cluster_s_keys_and_no_other()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        using HttpClient http = Http();
        JsonObject login = await CallAsync(http, "auth/authenticate", new JsonObject
        {
            ["name"] = EtcdAccess.UserName("postgres"),
            ["password"] = await Cluster.Resource.EtcdPasswordParameter.GetValueAsync(Cancellation),
        });
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", (string?)login["token"]);
        Assert.NotNull((await CallAsync(http, "kv/range", new JsonObject { ["key"] = Text("/service/postgres/leader") }))["kvs"]);
        await CallAsync(http, "kv/put", new JsonObject { ["key"] = Text("/service/postgres/test"), ["value"] = Text("1") });
        await CallAsync(http, "kv/deleterange", new JsonObject { ["key"] = Text("/service/postgres/test") });
        foreach ((string path, JsonObject body) in (IEnumerable<(string, JsonObject)>)
        [
            ("kv/range", new JsonObject { ["key"] = Text("/service/postgres-2/leader") }),
            ("kv/range", new JsonObject { ["key"] = Text("/"), ["range_end"] = Text("0") }),
            ("kv/put", new JsonObject { ["key"] = Text("/service/other/leader"), ["value"] = Text("1") }),
            ("kv/put", new JsonObject { ["key"] = Text("elsewhere"), ["value"] = Text("1") }),
            ("kv/deleterange", new JsonObject { ["key"] = Text("/service/"), ["range_end"] = Text("/service0") }),
            ("auth/user/add", new JsonObject { ["name"] = "intruder", ["password"] = "x" }),
            ("auth/disable", []),
        ])
        {
            HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(http, path, body));
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        }
    }

    [Fact]
    public async Task A_certificate_without_the_password_opens_no_key()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        using HttpClient http = Http();
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => CallAsync(http, "kv/range", new JsonObject { ["key"] = Text("/service/postgres/leader") }));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(http, "auth/authenticate", new JsonObject { ["name"] = "root", ["password"] = "root" }));
    }

    [Fact]
    public async Task The_leadership_is_handed_over_and_the_drill_passes()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        await Cluster.SwitchoverAsync(leader, Cancellation);
        Assert.NotEqual(leader, await Cluster.AwaitWholeAsync(Cancellation));
        Assert.EndsWith("The drill passed.", await Cluster.ExecuteAsync("postgres", "drill", Cancellation), StringComparison.Ordinal);
        await Cluster.AwaitWholeAsync(Cancellation);
    }

    [Fact]
    public async Task The_probe_reaches_everything()
    {
        await Cluster.AwaitWholeAsync(Cancellation);
        await Cluster.StartProbeAsync(Cancellation);
        try
        {
            using var http = new HttpClient { BaseAddress = Cluster.Endpoint("probe", "http") };
            await Condition.ReachedAsync(
                async token =>
                {
                    JsonNode topology = (await http.GetFromJsonAsync<JsonNode>(new Uri("api/topology", UriKind.Relative), token))!;
                    return topology["nodes"]!.AsArray() is { Count: 3 } nodes && nodes.All(node => (bool?)node!["reachable"] == true)
                        && topology["etcd"]!.AsArray() is { Count: 1 } etcd && (bool?)etcd[0]!["healthy"] == true
                        && topology["proxy"] is { } proxy && (bool?)proxy["reachable"] == true;
                },
                Cancellation);
        }
        finally
        {
            await Cluster.StopProbeAsync(Cancellation);
        }
    }

    // Why a connection is refused, once it comes as far as being refused: a front door without a server behind it says nothing.
    private static async Task<T> RefusalAsync<T>(string connectionString)
        where T : Exception
    {
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            await using var connection = new NpgsqlConnection(connectionString);
            NpgsqlException failure = await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.OpenAsync(Cancellation));
            if ((failure as T ?? failure.InnerException as T) is { } refusal)
            {
                return refusal;
            }

            Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(60), failure.ToString());
            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancellation);
        }
    }

    private static string Handshake(string host, int port, string? client) =>
        $"""
        import socket, ssl
        context = ssl.create_default_context(cafile='/etc/patroni/tls/ca.crt')
        {(client is null ? string.Empty : $"context.load_cert_chain('{client}')")}
        with context.wrap_socket(socket.create_connection(('{host}', {port})), server_hostname='{host}') as tls:
            tls.sendall(b'GET /version HTTP/1.0\r\n\r\n')
            assert tls.recv(8).startswith(b'HTTP')
            print('let in')
        """;

    private static JsonNode Text(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<JsonObject> CallAsync(HttpClient http, string path, JsonObject body)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(new Uri(Cluster.Endpoint("etcd", "client"), $"v3/{path}"), body, Cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!;
    }

    private async Task<string[]> ConnectionStringsAsync() =>
    [
        await Cluster.ConnectionStringAsync("appdb", Cancellation),
        await Cluster.ReadOnlyConnectionStringAsync(Cancellation),
        .. await Task.WhenAll(Cluster.Resource.Nodes.Select(async node => $"{await Cluster.ConnectionStringAsync(node.Name, Cancellation)};Database=appdb")),
    ];

    private Task<X509Certificate2> ConnectAsync(Uri address, bool postgres, SslProtocols protocols) =>
        TlsPort.ConnectAsync(address.Host, address.Port, postgres, shared.Authority, client: null, protocols, Cancellation);

    private HttpClient Http() => Http(shared.Client);

    private HttpClient Http(string? client)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(shared.Authority);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = policy;
        handler.SslOptions.ClientCertificates = client is null ? null : [X509Certificate2.CreateFromPemFile(client, client)];
        return new HttpClient(handler);
    }

    private static async Task<string> OtherAuthorityAsync()
    {
        using var other = CertificateAuthority.Create("postgres", 1);
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, other.CertificatePem, Cancellation);
        return path;
    }

    private static async Task<string> OtherClientAsync()
    {
        using var other = CertificateAuthority.Create("postgres", 1);
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, other.Issue(CertificateSubjects.Observer, 1).Pem, Cancellation);
        return path;
    }
}

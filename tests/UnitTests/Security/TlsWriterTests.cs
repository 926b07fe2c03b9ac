using System.Globalization;
using HaPgAspire.Hosting;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.UnitTests.Security;

public sealed class TlsWriterTests
{
    private static readonly ClusterOptions Options = new() { Tls = true };

    private static readonly PatroniMember[] Members = [.. Enumerable.Range(1, 2).Select(number => new PatroniMember
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"data-node{number}"),
        Host = string.Create(CultureInfo.InvariantCulture, $"10.0.0.{number}"),
    })];

    [Fact]
    public void PostgreSQL_offers_nothing_below_TLS_1_3_and_takes_nothing_without()
    {
        YamlNode postgresql = Patroni()["postgresql"];
        YamlNode parameters = postgresql["parameters"];
        Assert.Equal(
            ("on", "TLSv1.3", "/etc/patroni/tls/server.pem", "/etc/patroni/tls/server.pem", "/etc/patroni/tls/ca.crt"),
            (Text(parameters["ssl"]), Text(parameters["ssl_min_protocol_version"]), Text(parameters["ssl_cert_file"]), Text(parameters["ssl_key_file"]), Text(parameters["ssl_ca_file"])));
        string[] rules = [.. ((YamlSequenceNode)postgresql["pg_hba"]).Select(rule => rule.ToString())];
        Assert.All(rules, rule => Assert.Matches("^(local .*|hostssl .* scram-sha-256|host .* reject)$", rule));
        Assert.Contains("local replication replicator scram-sha-256", rules);
        Assert.Contains("hostssl replication replicator samenet scram-sha-256", rules);
        Assert.Equal("true", Text(postgresql["use_unix_socket_repl"]));
        Assert.Equal("hostssl all all samenet scram-sha-256", rules[^1]);
    }

    [Theory]
    [InlineData("replication")]
    [InlineData("rewind")]
    public void A_member_checks_the_server_that_it_copies_from(string role)
    {
        YamlNode authentication = Patroni()["postgresql"]["authentication"];
        Assert.Equal(("verify-full", "/etc/patroni/tls/ca.crt"), (Text(authentication[role]["sslmode"]), Text(authentication[role]["sslrootcert"])));
        Assert.False(((YamlMappingNode)authentication["superuser"]).Children.ContainsKey("sslmode"));
    }

    [Fact]
    public void Patroni_serves_and_speaks_TLS_and_logs_in_to_etcd_without_writing_the_password()
    {
        YamlMappingNode document = Patroni();
        Assert.Equal(("/etc/patroni/tls/server.pem", "/etc/patroni/tls/ca.crt"), (Text(document["restapi"]["certfile"]), Text(document["ctl"]["cacert"])));
        YamlNode etcd = document["etcd3"];
        Assert.Equal(
            ("https", "/etc/patroni/tls/ca.crt", "/etc/patroni/tls/client.pem", "/etc/patroni/tls/client.pem", "patroni-shop"),
            (Text(etcd["protocol"]), Text(etcd["cacert"]), Text(etcd["cert"]), Text(etcd["key"]), Text(etcd["username"])));
        Assert.False(((YamlMappingNode)etcd).Children.ContainsKey("password"));
    }

    [Fact]
    public void Without_TLS_nothing_speaks_of_it()
    {
        string patroni = PatroniYaml.Write(new ClusterOptions(), Node());
        string etcd = EtcdConfiguration.Write(new EtcdOptions(), Etcd, [Etcd], "token");
        string haproxy = HAProxyConfiguration.Write(new ClusterOptions(), new HAProxySurroundings { Members = Members });
        foreach (string word in (string[])["ssl", "tls", "cert", "https", "null", "ctl"])
        {
            Assert.DoesNotContain(word, patroni + etcd + haproxy, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Etcd_wants_a_certificate_from_clients_and_members_and_tells_its_health_to_its_own_machine()
    {
        YamlMappingNode document = Parse(EtcdConfiguration.Write(new EtcdOptions(), Etcd, [Etcd], "token", certificateDirectory: "/etc/etcd/tls"));
        foreach (string side in (string[])["client", "peer"])
        {
            YamlNode security = document[$"{side}-transport-security"];
            Assert.Equal(
                ("/etc/etcd/tls/server.pem", "/etc/etcd/tls/server.pem", "/etc/etcd/tls/ca.crt", "true"),
                (Text(security["cert-file"]), Text(security["key-file"]), Text(security["trusted-ca-file"]), Text(security["client-cert-auth"])));
        }

        foreach (string url in (string[])["listen-client-urls", "advertise-client-urls", "listen-peer-urls", "initial-advertise-peer-urls"])
        {
            Assert.StartsWith("https://", Text(document[url]), StringComparison.Ordinal);
        }

        Assert.Equal("etcd=https://etcd:2380", Text(document["initial-cluster"]));
        Assert.Equal(("http://127.0.0.1:2381", "4"), (Text(document["listen-metrics-urls"]), Text(document["bcrypt-cost"])));
    }

    [Fact]
    public void HAProxy_checks_every_member_by_name_and_shows_its_statistics_by_TLS_1_3()
    {
        string[] lines = HAProxyConfiguration.Write(Options, new HAProxySurroundings { Members = Members, CertificateDirectory = "/c" }).Split('\n');
        string[] servers = [.. lines.Where(line => line.StartsWith("    server ", StringComparison.Ordinal))];
        Assert.Equal(4, servers.Length);
        Assert.Equal("    server data-node1 10.0.0.1:5432 check port 8008 check-ssl verify required ca-file /c/ca.crt verifyhost data-node1 check-sni data-node1", servers[0]);
        Assert.Contains("    bind *:7000 ssl crt /c/server.pem ssl-min-ver TLSv1.3", lines);
        // Clients' TLS ends at PostgreSQL.
        Assert.Contains("    bind *:5000", lines);
    }

    [Theory]
    [InlineData("Cluster:Certificates:Days is 0 and must be 1 to 3650 days", 0, 3650, "")]
    [InlineData("Cluster:Certificates:AuthorityDays is 7301 and must be 1 to 7300 days", 1, 7301, "")]
    [InlineData("Cluster:Certificates:Days is 20 and must be at most Cluster:Certificates:AuthorityDays, which is 10", 20, 10, "")]
    [InlineData("Cluster:Certificates:Names has 'a b', which is neither an IP address nor a host name", 1, 10, "a b")]
    [InlineData("Cluster:Certificates:Names has '-a', which is neither an IP address nor a host name", 1, 10, "-a")]
    public void A_value_out_of_bounds_is_named(string expected, int days, int authorityDays, string name)
    {
        ClusterOptions options = Options with { Certificates = new() { Days = days, AuthorityDays = authorityDays, Names = name.Length == 0 ? [] : ["fine.example", name] } };
        Assert.Equal([expected], ClusterOptionsValidation.Validate(options));
    }

    [Fact]
    public void Parameters_that_TLS_decides_are_the_user_s_own_without_it()
    {
        PostgresOptions postgres = new() { Parameters = new Dictionary<string, string> { ["ssl_min_protocol_version"] = "TLSv1.2" } };
        Assert.Empty(ClusterOptionsValidation.Validate(new ClusterOptions { Postgres = postgres }));
        Assert.Equal(
            ["Cluster:Postgres:Parameters:ssl_min_protocol_version cannot be set: Cluster:Tls decides it"], ClusterOptionsValidation.Validate(Options with { Postgres = postgres }));
    }

    private static EtcdMember Etcd => new() { Name = "etcd", Host = "etcd" };

    private static YamlMappingNode Patroni() => Parse(PatroniYaml.Write(Options, Node()));

    private static PatroniNodeConfiguration Node() => new() { Member = Members[0], Scope = "shop", EtcdHosts = ["etcd:2379"] };

    private static YamlMappingNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}

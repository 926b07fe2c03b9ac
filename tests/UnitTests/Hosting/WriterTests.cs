using System.Globalization;
using HaPgAspire.Hosting;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class WriterTests
{
    private static readonly PatroniMember[] Members = [.. Enumerable.Range(1, 3).Select(number => new PatroniMember
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"data-node{number}"),
        Host = string.Create(CultureInfo.InvariantCulture, $"data-node{number}"),
    })];

    [Fact]
    public void Patroni_yml_carries_the_options_of_the_whole_cluster()
    {
        YamlMappingNode document = Parse(PatroniYaml.Write(new ClusterOptions(), Node()));
        Assert.Equal("postgres", Text(document, "scope"));
        Assert.Equal("data-node1", Text(document, "name"));
        Assert.Equal("etcd:2379", ((YamlSequenceNode)At(document, "etcd3", "hosts")).Single().ToString());
        var dcs = (YamlMappingNode)At(document, "bootstrap", "dcs");
        Assert.Equal(("20", "1", "3"), (Text(dcs, "ttl"), Text(dcs, "loop_wait"), Text(dcs, "retry_timeout")));
        Assert.Equal(("1048576", "0"), (Text(dcs, "maximum_lag_on_failover"), Text(dcs, "primary_start_timeout")));
        Assert.Equal(("quorum", "false", "true"), (Text(dcs, "synchronous_mode"), Text(dcs, "synchronous_mode_strict"), Text(dcs, "failsafe_mode")));
        Assert.Equal("200", Text(dcs, "postgresql", "parameters", "max_connections"));
        Assert.Equal("scram-sha-256", Text(dcs, "postgresql", "parameters", "password_encryption"));
        Assert.Equal("data-node1:5432", Text(document, "postgresql", "connect_address"));
        Assert.Equal("data-node1:8008", Text(document, "restapi", "connect_address"));
        Assert.Equal("fast", Text((YamlMappingNode)((YamlSequenceNode)At(document, "postgresql", "basebackup")).Single(), "checkpoint"));
    }

    [Theory]
    [InlineData(SynchronousMode.Quorum, "quorum", "false")]
    [InlineData(SynchronousMode.Strict, "quorum", "true")]
    [InlineData(SynchronousMode.On, "true", "false")]
    [InlineData(SynchronousMode.Off, "false", "false")]
    public void Each_synchronous_mode_is_written_in_Patroni_s_words(SynchronousMode mode, string expected, string strict)
    {
        YamlMappingNode document = Parse(PatroniYaml.Write(new ClusterOptions { Synchronous = mode }, Node()));
        Assert.Equal((expected, strict), (Text(document, "bootstrap", "dcs", "synchronous_mode"), Text(document, "bootstrap", "dcs", "synchronous_mode_strict")));
    }

    [Fact]
    public void Patroni_yml_holds_no_password_and_lets_the_superuser_in_by_the_socket_only()
    {
        string text = PatroniYaml.Write(new ClusterOptions(), Node());
        Assert.DoesNotContain("password:", text, StringComparison.Ordinal);
        string[] rules = [.. ((YamlSequenceNode)At(Parse(text), "postgresql", "pg_hba")).Select(rule => rule.ToString())];
        Assert.Equal("local all postgres peer", rules[0]);
        Assert.Equal(2, Array.FindIndex(rules, rule => rule == "host all postgres all reject"));
        Assert.All(rules, rule => Assert.Matches("(peer|scram-sha-256|reject)$", rule));
        // Patroni connects to its own server for replication.
        Assert.Contains("host replication replicator 127.0.0.1/32 scram-sha-256", rules);
        Assert.Equal("host all all samenet scram-sha-256", rules[^1]);
    }

    [Fact]
    public void A_member_on_a_machine_has_its_own_addresses_paths_networks_and_watchdog()
    {
        YamlMappingNode document = Parse(PatroniYaml.Write(new ClusterOptions(), Node() with
        {
            Member = new PatroniMember { Name = "a", Host = "fd00::5", ListenAddress = "10.0.0.5" },
            Paths = PatroniPaths.Container with { DataDirectory = "/data/16", BinDirectory = "/usr/lib/postgresql/16/bin" },
            Networks = ["10.0.0.0/24", "127.0.0.1/32"],
            Watchdog = PatroniWatchdog.Required,
            EtcdHosts = ["10.0.0.1:2379", "10.0.0.2:2379"],
        }));
        Assert.Equal("10.0.0.5:5432", Text(document, "postgresql", "listen"));
        Assert.Equal("[fd00::5]:5432", Text(document, "postgresql", "connect_address"));
        Assert.Equal("/data/16", Text(document, "postgresql", "data_dir"));
        Assert.Equal("required", Text(document, "watchdog", "mode"));
        Assert.Contains("host all all 10.0.0.0/24 scram-sha-256", ((YamlSequenceNode)At(document, "postgresql", "pg_hba")).Select(rule => rule.ToString()));
        Assert.Equal(2, ((YamlSequenceNode)At(document, "etcd3", "hosts")).Children.Count);
    }

    [Fact]
    public void Words_that_YAML_1_1_takes_for_truth_values_stay_words()
    {
        string text = PatroniYaml.Write(
            new ClusterOptions { Postgres = new() { Parameters = new Dictionary<string, string> { ["jit"] = "off", ["log_line_prefix"] = "%m [%p]: '#' ", ["work_mem"] = "64" } } }, Node());
        Assert.Contains("jit: \"off\"", text, StringComparison.Ordinal);
        Assert.Contains("mode: \"off\"", text, StringComparison.Ordinal);
        Assert.Equal("%m [%p]: '#' ", Text(Parse(text), "bootstrap", "dcs", "postgresql", "parameters", "log_line_prefix"));
        Assert.Contains("work_mem: 64\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guide_s_profile_leaves_the_base_backup_s_checkpoint_alone()
    {
        YamlMappingNode document = Parse(PatroniYaml.Write(new ClusterOptions().WithProfile(ClusterProfile.Seed), Node()));
        Assert.False(((YamlMappingNode)At(document, "postgresql")).Children.ContainsKey("basebackup"));
        Assert.Equal("60s", Text(document, "bootstrap", "dcs", "postgresql", "parameters", "wal_sender_timeout"));
    }

    [Fact]
    public void Haproxy_cfg_of_the_fast_profile()
    {
        const string Defaults = "inter 250ms fastinter 100ms downinter 150ms fall 2 rise 1 maxconn 185 on-marked-down shutdown-sessions resolvers names resolve-prefer ipv4 init-addr none";
        string expected = $$"""
            .if !defined(CLUSTER_STATISTICS_PASSWORD)
            .alert "CLUSTER_STATISTICS_PASSWORD is not set"
            .endif

            global
                maxconn 2000

            defaults
                mode tcp
                option clitcpka
                option srvtcpka
                option redispatch 1
                option abortonclose
                retries 0
                timeout connect 400ms
                timeout queue 10000ms
                timeout check 1000ms
                timeout client 30m
                timeout server 30m

            # A member that starts again may come back with another address.
            resolvers names
                parse-resolv-conf
                accepted_payload_size 8192
                timeout resolve 500ms
                timeout retry 250ms
                hold valid 500ms

            listen read-write
                bind *:5000
                balance first
                # A server that was never checked counts as up; two that are up mean that nobody knows the leader yet.
                tcp-request connection reject if { nbsrv(read-write) gt 1 }
                option httpchk
                http-check send meth OPTIONS uri /primary
                http-check expect status 200
                default-server {{Defaults}}
                server data-node1 data-node1:5432 check port 8008
                server data-node2 data-node2:5432 check port 8008
                server data-node3 data-node3:5432 check port 8008

            listen read-only
                bind *:5001
                balance leastconn
                option httpchk
                http-check send meth OPTIONS uri /replica
                http-check expect status 200
                default-server {{Defaults}}
                server data-node1 data-node1:5432 check port 8008
                server data-node2 data-node2:5432 check port 8008
                server data-node3 data-node3:5432 check port 8008

            userlist statistics
                user statistics insecure-password "${CLUSTER_STATISTICS_PASSWORD}"

            frontend statistics
                bind *:7000
                mode http
                no log
                timeout client 30s
                monitor-uri /health
                monitor fail if { nbsrv(read-write) lt 1 }
                http-request return status 200 content-type text/plain string "alive" if { path /alive }
                http-request auth realm statistics unless { http_auth(statistics) }
                http-request use-service prometheus-exporter if { path /metrics }
                stats enable
                stats hide-version
                stats uri /
                stats refresh 5s

            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), HAProxyConfiguration.Write(new ClusterOptions(), new HAProxySurroundings { Members = Members }));
    }

    [Fact]
    public void Haproxy_cfg_for_fixed_addresses_needs_no_resolver()
    {
        string text = HAProxyConfiguration.Write(new ClusterOptions(), new HAProxySurroundings
        {
            Members = [new PatroniMember { Name = "a", Host = "10.0.0.5", PostgresPort = 6432, RestPort = 9008 }],
            ResolveNames = false,
            ListenAddress = "10.0.0.9",
            LogTarget = "/dev/log local0",
            AdminSocket = "/run/haproxy/admin.sock",
        });
        Assert.DoesNotContain("resolvers", text, StringComparison.Ordinal);
        Assert.Contains("    server a 10.0.0.5:6432 check port 9008\n", text, StringComparison.Ordinal);
        Assert.Contains("    bind 10.0.0.9:5000\n", text, StringComparison.Ordinal);
        Assert.Contains("    log /dev/log local0 notice\n", text, StringComparison.Ordinal);
        Assert.Contains("    stats socket /run/haproxy/admin.sock mode 660 level admin\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Etcd_yml_names_all_members_in_every_member_s_file()
    {
        EtcdMember[] members = [new() { Name = "etcd", Host = "etcd" }, new() { Name = "etcd-2", Host = "etcd-2" }, new() { Name = "etcd-3", Host = "fd00::3" }];
        YamlMappingNode document = Parse(EtcdConfiguration.Write(new EtcdOptions { HeartbeatIntervalMs = 50 }, members[1], members, "token"));
        Assert.Equal("etcd-2", Text(document, "name"));
        Assert.Equal("http://etcd-2:2379", Text(document, "advertise-client-urls"));
        Assert.Equal("etcd=http://etcd:2380,etcd-2=http://etcd-2:2380,etcd-3=http://[fd00::3]:2380", Text(document, "initial-cluster"));
        Assert.Equal(("50", "1000"), (Text(document, "heartbeat-interval"), Text(document, "election-timeout")));
    }

    private static PatroniNodeConfiguration Node() => new() { Member = Members[0], Scope = "postgres", EtcdHosts = ["etcd:2379"] };

    private static YamlMappingNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    private static YamlNode At(YamlNode node, params string[] path) => path.Aggregate(node, (current, key) => current[key]);

    private static string Text(YamlNode node, params string[] path) => ((YamlScalarNode)At(node, path)).Value!;
}

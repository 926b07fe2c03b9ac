using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class OptionBoundsTests
{
    public static TheoryData<string, long, Func<long, ClusterOptions>> Bounded()
    {
        var cases = new TheoryData<string, long, Func<long, ClusterOptions>>();

        // LoopWait and RetryTimeout are taken with a lease long enough for their sum.
        Add("Ttl", ClusterOptionsValidation.Ttl, value => new ClusterOptions { Ttl = (int)value });
        Add("LoopWait", ClusterOptionsValidation.LoopWait, value => new ClusterOptions { Ttl = 3600, LoopWait = (int)value });
        Add("RetryTimeout", ClusterOptionsValidation.RetryTimeout, value => new ClusterOptions { Ttl = 3600, RetryTimeout = (int)value });
        Add("PrimaryStartTimeout", ClusterOptionsValidation.PrimaryStartTimeout, value => new ClusterOptions { PrimaryStartTimeout = (int)value });
        Add("MaximumLagOnFailover", ClusterOptionsValidation.MaximumLagOnFailover, value => new ClusterOptions { MaximumLagOnFailover = value });
        Add("StartupTimeout", ClusterOptionsValidation.StartupTimeout, value => new ClusterOptions { StartupTimeout = (int)value });
        Postgres("MaxConnections", ClusterOptionsValidation.MaxConnections, (options, value) => options with { MaxConnections = value });
        Postgres("ReplicationTimeout", ClusterOptionsValidation.ReplicationTimeout, (options, value) => options with { ReplicationTimeout = value });
        Postgres("ReplicationStatusInterval", ClusterOptionsValidation.ReplicationStatusInterval, (options, value) => options with { ReplicationStatusInterval = value });
        Postgres("ReplicationRetryIntervalMs", ClusterOptionsValidation.ReplicationRetryIntervalMs, (options, value) => options with { ReplicationRetryIntervalMs = value });
        Postgres("WalSegmentSizeMb", ClusterOptionsValidation.WalSegmentSizeMb, (options, value) => options with { WalSegmentSizeMb = value });
        Postgres("MaxSlotWalKeepSizeMb", ClusterOptionsValidation.MaxSlotWalKeepSizeMb, (options, value) => options with { MaxSlotWalKeepSizeMb = value });
        Add("Etcd:HeartbeatIntervalMs", ClusterOptionsValidation.EtcdHeartbeat, value => new ClusterOptions { Etcd = new() { HeartbeatIntervalMs = (int)value, ElectionTimeoutMs = 50_000 } });
        Add("Etcd:ElectionTimeoutMs", ClusterOptionsValidation.EtcdElectionTimeout, value => new ClusterOptions { Etcd = new() { HeartbeatIntervalMs = 10, ElectionTimeoutMs = (int)value } });
        Proxy("MaxConnections", ClusterOptionsValidation.ProxyConnections, (options, value) => options with { MaxConnections = value });
        Proxy("CheckIntervalMs", ClusterOptionsValidation.ProxyTime, (options, value) => options with { CheckIntervalMs = value });
        Proxy("FastCheckIntervalMs", ClusterOptionsValidation.ProxyTime, (options, value) => options with { FastCheckIntervalMs = value });
        Proxy("DownCheckIntervalMs", ClusterOptionsValidation.ProxyTime, (options, value) => options with { DownCheckIntervalMs = value });
        Proxy("CheckTimeoutMs", ClusterOptionsValidation.ProxyTime, (options, value) => options with { CheckTimeoutMs = value });
        Proxy("ConnectTimeoutMs", ClusterOptionsValidation.ProxyTime, (options, value) => options with { ConnectTimeoutMs = value });
        Proxy("Fall", ClusterOptionsValidation.CheckCount, (options, value) => options with { Fall = value });
        Proxy("Rise", ClusterOptionsValidation.CheckCount, (options, value) => options with { Rise = value });
        Proxy("Retries", ClusterOptionsValidation.Retries, (options, value) => options with { Retries = value });
        Proxy("QueueTimeoutMs", ClusterOptionsValidation.ProxyQueue, (options, value) => options with { QueueTimeoutMs = value });
        Proxy("IdleTimeoutMinutes", ClusterOptionsValidation.ProxyIdle, (options, value) => options with { IdleTimeoutMinutes = value });
        return cases;

        void Add(string name, OptionBounds bounds, Func<long, ClusterOptions> with)
        {
            cases.Add(name, bounds.Least, with);
            cases.Add(name, bounds.Most, with);
        }

        void Postgres(string name, OptionBounds bounds, Func<PostgresOptions, int, PostgresOptions> with) =>
            Add($"Postgres:{name}", bounds, value => new ClusterOptions { Postgres = with(new PostgresOptions(), (int)value) });

        void Proxy(string name, OptionBounds bounds, Func<HAProxyOptions, int, HAProxyOptions> with) =>
            Add($"HAProxy:{name}", bounds, value => new ClusterOptions { HAProxy = with(new HAProxyOptions(), (int)value) });
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Bounded))]
    public void A_bound_is_allowed_and_the_value_beyond_it_is_refused_by_name(string name, long bound, Func<long, ClusterOptions> with)
    {
        Assert.Empty(ClusterOptionsValidation.Validate(with(bound)));

        // One of the two neighbours lies outside.
        string[] errors = [.. ClusterOptionsValidation.Validate(with(bound - 1)), .. ClusterOptionsValidation.Validate(with(bound + 1))];
        string error = Assert.Single(errors, error => error.StartsWith($"Cluster:{name} is ", StringComparison.Ordinal) && error.Contains(" to ", StringComparison.Ordinal));
        Assert.Contains(FormattableString.Invariant($"{bound}"), error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_WAL_has_a_power_of_two_of_megabytes()
    {
        string error = Assert.Single(ClusterOptionsValidation.Validate(new ClusterOptions { Postgres = new() { WalSegmentSizeMb = 12 } }));
        Assert.Equal("Cluster:Postgres:WalSegmentSizeMb is 12 and must be a power of two", error);
    }

    [Fact]
    public void Patroni_s_rule_for_the_lease_is_refused_rather_than_adjusted()
    {
        Assert.Empty(ClusterOptionsValidation.Validate(new ClusterOptions { Ttl = 30, LoopWait = 10, RetryTimeout = 10 }));
        string error = Assert.Single(ClusterOptionsValidation.Validate(new ClusterOptions { Ttl = 30, LoopWait = 11, RetryTimeout = 10 }));
        Assert.Equal("Cluster:LoopWait + 2 * Cluster:RetryTimeout is 11 + 2 * 10 = 31 seconds and must be at most Cluster:Ttl, which is 30 seconds", error);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1023, false)]
    [InlineData(1024, true)]
    [InlineData(65535, true)]
    [InlineData(65536, false)]
    [InlineData(-1, false)]
    public void A_port_is_0_or_unprivileged(int port, bool allowed)
    {
        Assert.Equal(allowed, ClusterOptionsValidation.Validate(new ClusterOptions { HAProxy = new() { ReadWritePort = port } }).Count == 0);
        Assert.Equal(allowed, ClusterOptionsValidation.Validate(new ClusterOptions { HAProxy = new() { ReadOnlyPort = port } }).Count == 0);
        Assert.Equal(allowed, ClusterOptionsValidation.Validate(new ClusterOptions { HAProxy = new() { StatisticsPort = port } }).Count == 0);
    }

    [Fact]
    public void Two_listeners_cannot_share_a_port_but_may_both_take_any()
    {
        Assert.Empty(ClusterOptionsValidation.Validate(new ClusterOptions { HAProxy = new() { ReadWritePort = 0, ReadOnlyPort = 0, StatisticsPort = 0 } }));
        Assert.Contains("both 5000", Assert.Single(ClusterOptionsValidation.Validate(new ClusterOptions { HAProxy = new() { ReadOnlyPort = 5000 } })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Etcd_has_one_member_or_three(int members)
    {
        Assert.Empty(ClusterOptionsValidation.Validate(new ClusterOptions { Etcd = new() { Members = 3 } }));
        Assert.Equal($"Cluster:Etcd:Members is {members} and must be 1 or 3", Assert.Single(ClusterOptionsValidation.Validate(new ClusterOptions { Etcd = new() { Members = members } })));
    }

    [Fact]
    public void Etcd_elects_no_faster_than_five_heartbeats()
    {
        Assert.Empty(ClusterOptionsValidation.Validate(new ClusterOptions { Etcd = new() { HeartbeatIntervalMs = 100, ElectionTimeoutMs = 500 } }));
        Assert.Single(ClusterOptionsValidation.Validate(new ClusterOptions { Etcd = new() { HeartbeatIntervalMs = 101, ElectionTimeoutMs = 500 } }));
    }

    [Theory]
    [InlineData("app", true)]
    [InlineData("my_app2", true)]
    [InlineData("", false)]
    [InlineData("App", false)]
    [InlineData("2app", false)]
    [InlineData("my-app", false)]
    [InlineData("my app", false)]
    [InlineData("app\n", false)]
    [InlineData("app\"; DROP ROLE postgres; --", false)]
    [InlineData("postgres", false)]
    [InlineData("replicator", false)]
    [InlineData("rewinder", false)]
    [InlineData("monitoring", false)]
    [InlineData("pg_monitor", false)]
    [InlineData("größe", false)]
    public void The_application_role_is_a_plain_name_of_nobody_else(string role, bool allowed) =>
        Assert.Equal(allowed, ClusterOptionsValidation.Validate(new ClusterOptions { Postgres = new() { ApplicationRole = role } }).Count == 0);

    [Theory]
    [InlineData("postgres", true)]
    [InlineData("a", true)]
    [InlineData("two-words_3", true)]
    [InlineData("", false)]
    [InlineData("Postgres", false)]
    [InlineData("a b", false)]
    [InlineData("a\nb", false)]
    [InlineData("$(id)", false)]
    public void The_scope_is_a_plain_name(string scope, bool allowed) =>
        Assert.Equal(allowed, ClusterOptionsValidation.Validate(new ClusterOptions { Scope = scope }).Count == 0);

    [Theory]
    [InlineData("/service", true)]
    [InlineData("/Cluster", true)]
    [InlineData("service", false)]
    [InlineData("/", false)]
    [InlineData("/a/b", false)]
    [InlineData("/a\n", false)]
    public void The_namespace_is_one_folder(string folder, bool allowed) =>
        Assert.Equal(allowed, ClusterOptionsValidation.Validate(new ClusterOptions { Namespace = folder }).Count == 0);

    [Theory]
    [InlineData("shared_buffers", "512MB", true)]
    [InlineData("pg_stat_statements.track", "all", true)]
    [InlineData("log_line_prefix", "%m [%p] 'quoted' $ ", true)]
    [InlineData("synchronous_standby_names", "*", false)]
    [InlineData("password_encryption", "md5", false)]
    [InlineData("max_connections", "5", false)]
    [InlineData("fsync", "off", false)]
    [InlineData("bad name", "1", false)]
    [InlineData("work_mem", "4MB\nfsync = off", false)]
    public void A_parameter_must_not_undo_what_the_cluster_relies_on(string name, string value, bool allowed) => Assert.Equal(
        allowed,
        ClusterOptionsValidation.Validate(new ClusterOptions { Postgres = new() { Parameters = new Dictionary<string, string> { [name] = value } } }).Count == 0);

    [Theory]
    [InlineData("data-node1", true)]
    [InlineData("a", true)]
    [InlineData("node-", false)]
    [InlineData("Node", false)]
    [InlineData("node_1", false)]
    [InlineData("1node", false)]
    [InlineData("", false)]
    public void A_node_s_name_is_a_host_name(string name, bool allowed)
    {
        Assert.Equal(allowed, ClusterOptionsValidation.IsNodeName(name));
        Assert.True(ClusterOptionsValidation.IsNodeName(new string('a', 63)));
        Assert.False(ClusterOptionsValidation.IsNodeName(new string('a', 64)));
    }

    [Fact]
    public void All_wrong_values_make_one_sentence()
    {
        var error = Assert.Throws<ClusterException>(() => ClusterOptionsValidation.ThrowIfInvalid(new ClusterOptions { Ttl = 19, LoopWait = 0 }));
        Assert.Equal("Cluster:Ttl is 19 and must be 20 to 3600 seconds; Cluster:LoopWait is 0 and must be 1 to 300 seconds.", error.Message);
    }

    [Fact]
    public void Both_profiles_are_valid_and_differ_in_timings_only()
    {
        var fast = new ClusterOptions();
        ClusterOptions seed = fast.WithProfile(ClusterProfile.Seed);
        Assert.Empty(ClusterOptionsValidation.Validate(fast));
        Assert.Empty(ClusterOptionsValidation.Validate(seed));
        Assert.Equal((30, 10, 10), (seed.Ttl, seed.LoopWait, seed.RetryTimeout));
        Assert.Equal((3000, 3, 2), (seed.HAProxy.CheckIntervalMs, seed.HAProxy.Fall, seed.HAProxy.Rise));
        Assert.Equal((fast.Synchronous, fast.Failsafe, fast.Persistent), (seed.Synchronous, seed.Failsafe, seed.Persistent));
        Assert.Equal(fast, seed.WithProfile(ClusterProfile.Fast) with { Postgres = fast.Postgres });
    }
}

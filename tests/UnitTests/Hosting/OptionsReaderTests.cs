using HaPgAspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class OptionsReaderTests
{
    [Fact]
    public void Configuration_wins_over_code_which_wins_over_the_profile()
    {
        ClusterOptions options = Read(new ClusterOptions { LoopWait = 2, RetryTimeout = 5 }, out List<string> errors, ("Cluster:LoopWait", "4"));
        Assert.Empty(errors);
        Assert.Equal((20, 4, 5), (options.Ttl, options.LoopWait, options.RetryTimeout));
    }

    [Fact]
    public void A_profile_in_the_configuration_sets_all_timings_before_the_single_keys()
    {
        ClusterOptions options = Read(new ClusterOptions(), out List<string> errors, ("Cluster:Profile", "seed"), ("Cluster:Ttl", "60"), ("Cluster:HAProxy:Rise", "5"));
        Assert.Empty(errors);
        Assert.Equal((60, 10, 10, 300), (options.Ttl, options.LoopWait, options.RetryTimeout, options.PrimaryStartTimeout));
        Assert.Equal((5, 3), (options.HAProxy.Rise, options.HAProxy.Fall));
    }

    [Fact]
    public void Every_option_can_be_given_in_the_configuration()
    {
        var declared = new ClusterOptions();
        foreach ((string key, string value) in new[]
        {
            ("Profile", "Seed"), ("Scope", "other"), ("Namespace", "/db"), ("Ttl", "40"), ("LoopWait", "2"), ("RetryTimeout", "4"), ("PrimaryStartTimeout", "9"),
            ("MaximumLagOnFailover", "5000000000"), ("Synchronous", "Strict"), ("Failsafe", "false"), ("Persistent", "true"), ("StartupTimeout", "99"),
            ("BaseImage", "debian:forky"), ("Postgres:ApplicationRole", "shop"), ("Postgres:MaxConnections", "77"), ("Postgres:ImmediateCheckpointForBackup", "false"),
            ("Postgres:ReplicationTimeout", "8"), ("Postgres:ReplicationStatusInterval", "3"), ("Postgres:ReplicationRetryIntervalMs", "400"),
            ("Postgres:WalSegmentSizeMb", "8"), ("Postgres:MaxSlotWalKeepSizeMb", "512"), ("Postgres:Parameters:work_mem", "9MB"),
            ("Etcd:Members", "3"), ("Etcd:HeartbeatIntervalMs", "50"), ("Etcd:ElectionTimeoutMs", "700"), ("HAProxy:ReadWritePort", "6000"), ("HAProxy:ReadOnlyPort", "6001"),
            ("HAProxy:StatisticsPort", "6002"), ("HAProxy:MaxConnections", "55"), ("HAProxy:CheckIntervalMs", "701"), ("HAProxy:FastCheckIntervalMs", "702"),
            ("HAProxy:DownCheckIntervalMs", "703"), ("HAProxy:CheckTimeoutMs", "704"), ("HAProxy:Fall", "4"), ("HAProxy:Rise", "6"), ("HAProxy:ConnectTimeoutMs", "705"),
            ("HAProxy:Retries", "1"), ("HAProxy:QueueTimeoutMs", "706"), ("HAProxy:IdleTimeoutMinutes", "7"),
            ("Failover:ServerPollMs", "70"), ("Failover:MemberTimeoutMs", "700"), ("Failover:ReleaseDeadLeader", "false"), ("Failover:RebuildReplicas", "false"), ("Failover:Restarts", "2"),
            ("Failover:FenceAfterMs", "0"),
        })
        {
            ClusterOptions options = Read(declared, out List<string> errors, ($"Cluster:{key}", value));
            Assert.Empty(errors);
            if (key.Contains("Parameters", StringComparison.Ordinal))
            {
                Assert.Equal("9MB", options.Postgres.Parameters["work_mem"]);
            }
            else
            {
                Assert.NotEqual(declared, options with { Postgres = options.Postgres with { Parameters = declared.Postgres.Parameters } });
            }
        }
    }

    [Theory]
    [InlineData("Cluster:Ttl", "soon", "Cluster:Ttl is 'soon' and must be a whole number")]
    [InlineData("Cluster:Ttl", "20.5", "Cluster:Ttl is '20.5' and must be a whole number")]
    [InlineData("Cluster:Ttl", "", "Cluster:Ttl is '' and must be a whole number")]
    [InlineData("Cluster:Failsafe", "maybe", "Cluster:Failsafe is 'maybe' and must be true or false")]
    [InlineData("Cluster:Profile", "slow", "Cluster:Profile is 'slow' and must be one of Fast, Seed")]
    [InlineData("Cluster:Profile", "1", "Cluster:Profile is '1' and must be one of Fast, Seed")]
    [InlineData("Cluster:Synchronous", "yes", "Cluster:Synchronous is 'yes' and must be one of Quorum, On, Strict, Off")]
    [InlineData("Cluster:LoopWiat", "1", "Cluster:LoopWiat is not an option")]
    [InlineData("Cluster:HAProxy:Port", "1", "Cluster:HAProxy:Port is not an option")]
    public void What_cannot_be_read_is_reported_by_name(string key, string value, string expected)
    {
        ClusterOptions options = Read(new ClusterOptions(), out List<string> errors, (key, value));
        Assert.StartsWith(expected, Assert.Single(errors), StringComparison.Ordinal);
        Assert.Equal(new ClusterOptions().Ttl, options.Ttl);
    }

    private static ClusterOptions Read(ClusterOptions declared, out List<string> errors, params (string Key, string Value)[] values)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => new KeyValuePair<string, string?>(value.Key, value.Value)))
            .Build();
        errors = [];
        return ClusterOptionsReader.Read(configuration.GetSection("Cluster"), declared, errors);
    }
}

using HaPgAspire.Probe.Settings;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.ProbeTests.Settings;

/// <summary>A setting that cannot be used is named with its bounds, and no secret is in the sentence.</summary>
public sealed class ProbeOptionsTests
{
    [Theory]
    [InlineData("WriteRate", "0", "from 1 to 1000, not '0'")]
    [InlineData("RetryFor", "00:02:00", "from 00:00:00.1000000 to 00:01:00")]
    [InlineData("TraceRatio", "1.5", "from 0 to 1")]
    [InlineData("ActionToken", "short", "at least 16 characters")]
    [InlineData("WriteRate", "many", "WriteRate")]
    public void Out_of_bounds_is_refused(string name, string value, string expected)
    {
        var refused = Assert.Throws<SettingsException>(() => ProbeOptions.From(Configuration(($"Probe:{name}", value))));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_token_is_not_printed() =>
        Assert.DoesNotContain("token-token-token", new ProbeOptions { ActionToken = "token-token-token" }.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Addresses_are_read_by_the_names_in_the_options()
    {
        var addresses = ClusterAddresses.From(
            Configuration(
                ("ConnectionStrings:shop", "Host=h;Port=5000;Database=shop"),
                ("ConnectionStrings:pg-main", "Host=a:1,b:2"),
                ("PG_MAIN_MEMBERS", "one=http://h:1, two=http://h:2/"),
                ("PG_MAIN_ETCD", "http://e:2379"),
                ("PG_MAIN_HAPROXY", "http://p:7000"),
                ("PG_MAIN_STATISTICSUSERNAME", "statistics"),
                ("PG_MAIN_STATISTICSPASSWORD", "a:b ü")),
            new ProbeOptions { Database = "shop", Cluster = "pg-main" });
        Assert.Equal(5000, addresses.FrontDoor.Port);
        Assert.Equal(["one", "two"], addresses.Members.Select(member => member.Name));
        Assert.Equal(2379, Assert.Single(addresses.Etcd).Port);
        Assert.Null(addresses.ReadOnly);
        Assert.Null(addresses.RestLogin);
        Assert.Equal("Basic c3RhdGlzdGljczphOmIgw7w=", addresses.ProxyLogin?.ToHeader().ToString());
    }

    [Fact]
    public void A_missing_front_door_is_named()
    {
        var refused = Assert.Throws<SettingsException>(() => ClusterAddresses.From(Configuration(), new ProbeOptions()));
        Assert.Contains("ConnectionStrings__appdb", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unreadable_connection_string_is_not_quoted()
    {
        var refused = Assert.Throws<SettingsException>(() => ClusterAddresses.From(
            Configuration(("ConnectionStrings:appdb", "Host=h;Passwort=very-secret")), new ProbeOptions()));
        Assert.DoesNotContain("very-secret", refused.ToString(), StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value)).Build();
}

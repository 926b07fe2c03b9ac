using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.UnitTests.Publishing;

public sealed class PublishOptionsTests
{
    [Theory]
    [InlineData("Secrets", "true", "Publish:Secrets is not an option")]
    [InlineData("GenerateSecrets", "perhaps", "Publish:GenerateSecrets is 'perhaps' and must be true or false")]
    [InlineData("Compose:ProjectName", "Not Good", "Publish:Compose:ProjectName is 'Not Good'")]
    [InlineData("Compose:BindAddress", "everywhere", "Publish:Compose:BindAddress is 'everywhere'")]
    [InlineData("Compose:DotnetImage", "an image", "Publish:Compose:DotnetImage is 'an image'")]
    [InlineData("Compose:DashboardImage", "", "Publish:Compose:DashboardImage is ''")]
    [InlineData("Azure:EtcdMembers", "2", "must be 1, 3, 5 or 7")]
    [InlineData("Azure:Proxies", "0", "must be 1 to 8")]
    [InlineData("Azure:Proxies", "9", "must be 1 to 8")]
    [InlineData("Azure:DataDiskSizeGb", "31", "must be 32 to 32767 GiB")]
    [InlineData("Azure:AddressSpace", "10.0.0.0/24", "prefix of 8 to 20")]
    [InlineData("Azure:AddressSpace", "fd00::/16", "prefix of 8 to 20")]
    [InlineData("Azure:Zones", "1,4", "must be zones of the region")]
    [InlineData("Azure:DataNodeSize", "it's", "Publish:Azure:DataNodeSize is 'it's'")]
    [InlineData("Azure:AdminUserName", "1st", "Publish:Azure:AdminUserName is '1st'")]
    public void A_wrong_value_is_named_with_its_bounds(string key, string value, string part)
    {
        ClusterException failure = Assert.Throws<ClusterException>(() => Read((key, value)));

        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_values_are_named_at_once()
    {
        ClusterException failure = Assert.Throws<ClusterException>(() => Read(("Azure:Proxies", "0"), ("Compose:BindAddress", "x")));

        Assert.Contains("Publish:Azure:Proxies", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Publish:Compose:BindAddress", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_read()
    {
        PublishOptions options = Read(("GenerateSecrets", "true"), ("Azure:Zones", ""), ("Azure:Bastion", "true"), ("Compose:Dashboard", "false"), ("AzurePath", "."));

        Assert.True(options.GenerateSecrets);
        Assert.Equal(string.Empty, options.Azure.Zones);
        Assert.True(options.Azure.Bastion);
        Assert.False(options.Compose.Dashboard);
        Assert.Equal(".", options.AzurePath);
    }

    [Fact]
    public void Addresses_follow_the_network()
    {
        Assert.True(AzureAddressPlan.TryCreate("172.16.32.0/20", out AzureAddressPlan? plan));

        Assert.Equal(
            ("172.16.33.0/24", "172.16.34.0/24", "172.16.35.0/24", "172.16.36.0/24", "172.16.37.0/26"),
            (plan.Data, plan.Etcd, plan.Proxy, plan.Apps, plan.Bastion));
        Assert.Equal(("172.16.33.13", "172.16.35.10"), (plan.DataNode(2), plan.FrontDoor));
    }

    private static PublishOptions Read(params (string Key, string Value)[] values) => PublishOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create<string, string?>($"Publish:{value.Key}", value.Value)))
        .Build()
        .GetSection(PublishOptions.SectionName));
}

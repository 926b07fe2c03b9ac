using System.Text.Json.Nodes;
using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class PatroniConfigurationPatchTests
{
    [Fact]
    public void A_configuration_that_is_as_wanted_needs_no_patch() =>
        Assert.Empty(PatroniConfigurationPatch.Create(PatroniConfigurationPatch.Wanted(new ClusterOptions()), PatroniConfigurationPatch.Wanted(new ClusterOptions())));

    [Fact]
    public void Changed_values_are_patched_dropped_parameters_removed_and_all_else_left_alone()
    {
        JsonObject current = PatroniConfigurationPatch.Wanted(new ClusterOptions { Postgres = new() { Parameters = new Dictionary<string, string> { ["work_mem"] = "7MB" } } });
        current["pause"] = true;
        JsonObject wanted = PatroniConfigurationPatch.Wanted(new ClusterOptions { Ttl = 25, Synchronous = SynchronousMode.Off });
        Assert.Equal(
            """{"ttl":25,"synchronous_mode":false,"postgresql":{"parameters":{"work_mem":null}}}""", PatroniConfigurationPatch.Create(current, wanted).ToJsonString());
    }
}

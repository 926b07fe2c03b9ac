using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Failover;

public sealed class VitalSignsTests
{
    [Theory]
    [InlineData("still\n", nameof(NodeCondition.Still))]
    [InlineData("alone\n", nameof(NodeCondition.Alone))]
    [InlineData("busy\n", nameof(NodeCondition.Busy))]
    [InlineData("", nameof(NodeCondition.Busy))]
    [InlineData("bash: vital-signs: No such file", nameof(NodeCondition.Busy))]
    public void Only_a_word_that_says_so_condemns_a_node(string output, string condition) => Assert.Equal(condition, VitalSigns.Read(output).ToString());
}

using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting.Faults;

public sealed class FaultOptionsTests
{
    private static readonly IReadOnlyList<FaultCase> All =
    [
        new("leader-killed", FaultFamily.Process, "", (_, _) => Task.CompletedTask),
        new("leader-stopped", FaultFamily.Process, "", (_, _) => Task.CompletedTask),
        new("etcd-killed", FaultFamily.Dcs, "", (_, _) => Task.CompletedTask),
    ];

    [Fact]
    public void The_command_line_is_read()
    {
        FaultOptions options = FaultOptions.Parse(
            ["leader-*", "dcs", "--runs", "5", "--rate=50", "--profile=fast,Seed", "--output", "out", "--Cluster:Ttl", "30", "--Cluster:Etcd:Members=3", "--here", "--list"]);
        Assert.Equal(["leader-*", "dcs"], options.Names);
        Assert.Equal(5, options.Runs);
        Assert.Equal(50, options.Rate);
        Assert.Equal([ClusterProfile.Fast, ClusterProfile.Seed], options.Profiles);
        Assert.Equal("out", options.Output);
        Assert.Equal(["--Cluster:Ttl=30", "--Cluster:Etcd:Members=3"], options.Settings);
        Assert.True(options.Here);
        Assert.True(options.List);
    }

    [Fact]
    public void Nothing_given_is_every_case_once()
    {
        FaultOptions options = FaultOptions.Parse([]);
        Assert.Equal(All, options.Select(All));
        Assert.Equal(1, options.Runs);
        Assert.Empty(options.Profiles);
        Assert.False(options.Here);
    }

    [Theory]
    [InlineData("LEADER-killed", "leader-killed")]
    [InlineData("leader-*", "leader-killed leader-stopped")]
    [InlineData("Dcs", "etcd-killed")]
    [InlineData("etcd-killed leader-killed", "leader-killed etcd-killed")]
    public void Names_beginnings_and_families_select(string names, string expected) =>
        Assert.Equal(expected, string.Join(' ', FaultOptions.Parse(names.Split(' ')).Select(All).Select(one => one.Name)));

    [Theory]
    [InlineData("--runs=0", "--runs is '0' and must be 1 to 100.")]
    [InlineData("--runs=101", "--runs is '101' and must be 1 to 100.")]
    [InlineData("--runs=many", "--runs is 'many' and must be 1 to 100.")]
    [InlineData("--rate=1001", "--rate is '1001' and must be 1 to 1000.")]
    [InlineData("--runs", "--runs needs a value.")]
    [InlineData("--profile=quick", "--profile is 'quick' and must be one or more of Fast, Seed, separated by commas.")]
    [InlineData("--profile=7", "--profile is '7'")]
    [InlineData("--rnus=5", "--rnus=5 is no option of `faults`")]
    public void What_is_wrong_is_said(string argument, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<ClusterException>(() => FaultOptions.Parse([argument])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("leader")]
    [InlineData("follower-*")]
    public void A_name_that_fits_nothing_is_said(string name) =>
        Assert.Contains($"no fault case '{name}'", Assert.Throws<ClusterException>(() => FaultOptions.Parse([name]).Select(All)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_case_has_a_name_of_its_own_and_a_title()
    {
        Assert.Equal(FaultCases.All.Count, FaultCases.All.Select(one => one.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(FaultCases.All, one => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", one.Name));
        Assert.All(FaultCases.All, one => Assert.NotEmpty(one.Title));
        Assert.All(FaultCases.All, one => Assert.True(one.OutageLimit(new ClusterOptions()) > (one.Goal ?? TimeSpan.Zero)));
    }
}

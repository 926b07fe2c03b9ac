using HaPgAspire.ClusterTests.Cluster;

namespace HaPgAspire.ClusterTests.Security;

[Collection(OwnClusterGroup.Name)]
[Trait("Category", "Engine")]
public sealed class TerminalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drill_in_the_terminal_shows_no_secret()
    {
        string[] passwords = [.. GuardedCluster.Passwords.Select(_ => Guid.NewGuid().ToString("N"))];
        string[] arguments = [.. GuardedCluster.Passwords.Keys.Zip(passwords, (name, password) => $"--Parameters:postgres-{name}={password}")];
        string token = Guid.NewGuid().ToString("N");
        (int exitCode, string output, string error) = await Engine.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "HaPgAspire.AppHost.dll"), "drill", .. TestCluster.AnyPorts, .. arguments, $"--Parameters:probe-action-token={token}"],
            LaunchVariables.Make(),
            Cancellation);
        Assert.True(exitCode == 0, output + error);
        Assert.Contains("The drill passed.", output, StringComparison.Ordinal);
        Assert.All(passwords.Append(token), secret => Assert.DoesNotContain(secret, output + error, StringComparison.Ordinal));
    }
}

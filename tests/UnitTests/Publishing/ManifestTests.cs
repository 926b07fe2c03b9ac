using System.Text.Json;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>The Aspire manifest of the repository's graph, as azd asks for it.</summary>
public sealed class ManifestTests
{
    [Fact]
    public async Task Lists_the_graph_and_says_what_it_cannot_hold()
    {
        using var folder = new TemporaryFolder();
        AppHostProcess.Result result = await AppHostProcess.RunAsync(
            new Dictionary<string, string>(), ["--publisher", "manifest", "--output-path", folder["manifest.json"]]);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains(
            "The manifest cannot hold postgres: Azure Container Apps, where azd would run it, has neither block storage nor the nodes' configuration files; publish with --step publish-azure and run 'azd up' there instead.",
            result.Output + result.Errors,
            StringComparison.Ordinal);
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllTextAsync(folder["manifest.json"], TestContext.Current.CancellationToken));
        JsonElement resources = manifest.RootElement.GetProperty("resources");
        foreach (string container in new[] { "etcd", "data-node1", "data-node2", "data-node3", "haproxy" })
        {
            JsonElement resource = resources.GetProperty(container);
            Assert.Equal("container.v1", resource.GetProperty("type").GetString());
            // Relative to the manifest, as azd reads it.
            Assert.True(File.Exists(folder[resource.GetProperty("build").GetProperty("dockerfile").GetString()!]), container);
            Assert.NotEmpty(resource.GetProperty("bindings").EnumerateObject());
        }

        Assert.StartsWith("Host={data-node1.bindings.postgres.", resources.GetProperty("postgres").GetProperty("connectionString").GetString(), StringComparison.Ordinal);
        Assert.Equal("{haproxy.connectionString};Database=appdb", resources.GetProperty("appdb").GetProperty("connectionString").GetString());
        Assert.Equal("{postgres-replication-password.value}", resources.GetProperty("data-node1").GetProperty("env").GetProperty("PATRONI_REPLICATION_PASSWORD").GetString());
        Assert.True(File.Exists(folder[resources.GetProperty("probe").GetProperty("path").GetString()!]));

        foreach (string parameter in new[] { "postgres-password", "postgres-replication-password", "postgres-rewind-password", "postgres-rest-password", "postgres-monitoring-password", "postgres-statistics-password" })
        {
            JsonElement input = resources.GetProperty(parameter).GetProperty("inputs").GetProperty("value");
            Assert.True(input.GetProperty("secret").GetBoolean());
            Assert.False(input.GetProperty("default").GetProperty("generate").GetProperty("special").GetBoolean());
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        using var folder = new TemporaryFolder();
        AppHostProcess.Result result = await AppHostProcess.RunAsync(
            new Dictionary<string, string>(), ["--publisher", "manifest", "--output-path", folder["manifest.json"]]);
        Assert.True(result.ExitCode == 0, result.Errors);
        string text = await File.ReadAllTextAsync(folder["manifest.json"], TestContext.Current.CancellationToken);
        using JsonDocument manifest = JsonDocument.Parse(text);
        HashSet<string> names = [.. manifest.RootElement.GetProperty("resources").EnumerateObject().Select(resource => resource.Name)];

        string[] referenced = [.. System.Text.RegularExpressions.Regex.Matches(text, @"\{([a-z0-9-]+)\.[a-zA-Z.-]+\}").Select(match => match.Groups[1].Value).Distinct()];

        Assert.NotEmpty(referenced);
        Assert.Empty(referenced.Except(names));
    }
}

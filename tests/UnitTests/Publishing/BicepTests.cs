using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

public sealed class BicepTests
{
    public static TheoryData<string, bool, bool, bool> Variants => new()
    {
        { "1,2,3", true, false, true },
        { "1,2,3", true, false, false },
        { "", true, true, true },
        { "1,2,3", false, true, true },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Compiles_and_lints_without_a_word(string zones, bool withApp, bool bastion, bool tls)
    {
        using var folder = new TemporaryFolder();
        AzureDeployment deployment = AzureSample.Create(new AzureOptions { Zones = zones, Bastion = bastion }, withApp, tls);
        await PublishedFolder.WriteAsync(folder.Path, AzureFiles.Write(deployment, folder.Path), [AzureFiles.InfraFolder], TestContext.Current.CancellationToken);

        foreach (string command in new[] { "build", "lint" })
        {
            string[] arguments = command == "build" ? ["build", folder["infra/main.bicep"], "--stdout"] : ["lint", folder["infra/main.bicep"]];
            (int exitCode, string diagnostics) = await BicepCompiler.RunAsync(arguments);
            Assert.True(exitCode == 0 && diagnostics.Length == 0, $"bicep {command} ended with {exitCode}:\n{diagnostics}");
        }
    }

    [Fact]
    public async Task The_compiler_would_have_complained()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["wrong.bicep"], "param unused string\n", TestContext.Current.CancellationToken);

        (_, string diagnostics) = await BicepCompiler.RunAsync("lint", folder["wrong.bicep"]);

        Assert.Contains("no-unused-params", diagnostics, StringComparison.Ordinal);
    }

    // Numbers have bounds, lists and texts that must not be empty a least length; the modules are as checked in.
    [Fact]
    public void Parameters_have_descriptions_and_bounds()
    {
        List<PublishedFile> files = [.. AzureFiles.Write(AzureSample.Create(), ".").Where(file => file.Path.EndsWith(".bicep", StringComparison.Ordinal))];
        Assert.True(files.Count > 5);
        foreach (PublishedFile file in files)
        {
            string[] lines = file.Text.Split('\n');
            foreach ((int index, string line) in lines.Index().Where(line => line.Item.StartsWith("param ", StringComparison.Ordinal)))
            {
                int start = index;
                while (start > 0 && lines[start - 1].Length > 0)
                {
                    start--;
                }

                string decorators = string.Join('\n', lines[start..index]);
                Assert.True(decorators.Contains("@description('", StringComparison.Ordinal), $"{file.Path}: {line} has no description");
                Assert.True(
                    !line.Contains(" int", StringComparison.Ordinal) || (decorators.Contains("@minValue(", StringComparison.Ordinal) && decorators.Contains("@maxValue(", StringComparison.Ordinal)),
                    $"{file.Path}: {line} has no bounds");
            }
        }
    }

    [Theory]
    [InlineData("data-node1", "dataNode1")]
    [InlineData("postgres-rest-password", "postgresRestPassword")]
    [InlineData("ConnectionStrings__appdb", "connectionStringsAppdb")]
    [InlineData("1st", "n1st")]
    public void Identifiers_are_camel_case(string name, string identifier) => Assert.Equal(identifier, BicepText.Identifier(name));

    [Fact]
    public void Literals_are_escaped() => Assert.Equal(@"'it\'s \${x} \\ \n\u{1}'", BicepText.Literal("it's ${x} \\ \n\u0001"));
}

using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes <c>azure.yaml</c>, the file that <c>azd up</c> starts from.</summary>
internal static class AzureYaml
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        .WithQuotingNecessaryStrings()
        .Build();

    /// <summary>The script that azd runs before it provisions.</summary>
    public const string Hook = "preprovision.sh";

    /// <summary>Writes the file.</summary>
    /// <param name="deployment">What goes to Azure.</param>
    /// <param name="folder">The folder that the file will be in; the projects' paths are relative to it.</param>
    public static string Write(AzureDeployment deployment, string folder) =>
        "# Written by the step publish-azure from the app host's graph: change that and publish again. `azd up` deploys it.\n"
        + Serializer.Serialize(new Document
        {
            Name = deployment.Options.ProjectName,
            Infra = new InfraSection("bicep", "infra", "main"),
            Hooks = deployment.Certificates is null ? null : new HooksSection(new HookSection("sh", $"./{AzureFiles.InfraFolder}/{Hook}")),
            Services = deployment.Apps.Count == 0
                ? null
                : deployment.Apps.ToDictionary(app => app.Name, app => new ServiceSection(ProjectFolder(app, folder), "dotnet", "containerapp")),
        });

    private static string ProjectFolder(AzureApp app, string folder)
    {
        string relative = Path.GetRelativePath(folder, Path.GetDirectoryName(Path.GetFullPath(app.ProjectPath))!).Replace('\\', '/');
        return relative.StartsWith('.') ? relative : "./" + relative;
    }

    private sealed record Document
    {
        public required string Name { get; init; }

        public required InfraSection Infra { get; init; }

        public HooksSection? Hooks { get; init; }

        public IReadOnlyDictionary<string, ServiceSection>? Services { get; init; }
    }

    private sealed record InfraSection(string Provider, string Path, string Module);

    private sealed record HooksSection(HookSection Preprovision);

    private sealed record HookSection(string Shell, string Run);

    private sealed record ServiceSection(string Project, string Language, string Host);
}

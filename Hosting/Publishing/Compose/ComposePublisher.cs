namespace HaPgAspire.Hosting.Publishing;

/// <summary>Publishes the graph as a compose application.</summary>
internal static class ComposePublisher
{
    private const string EnvironmentFile = ".env";

    /// <summary>Writes the folder.</summary>
    /// <param name="context">The step's context.</param>
    /// <param name="options">The publishing's options.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>What to tell the user.</returns>
    public static async Task<string> PublishAsync(PipelineStepContext context, PublishOptions options, string folder)
    {
        PatroniClusterResource cluster = context.Model.Resources.OfType<PatroniClusterResource>().First();
        var variables = new ComposeVariables();
        var graph = new ComposeGraph(
            context, options.Compose, new ComposeKnowledge(context.Model).Of, variables, new CertificateList(options.Compose.ProjectName, cluster.Options.Certificates));
        ComposeDocument document = await graph.ReadAsync();
        string environmentPath = Path.Combine(folder, EnvironmentFile);
        string? existing = File.Exists(environmentPath) ? await File.ReadAllTextAsync(environmentPath, context.CancellationToken) : null;
        string environment = variables.Write(existing, options.GenerateSecrets);
        IReadOnlyList<PublishedFile> files =
        [
            PublishedFile.FromText("docker-compose.yaml", ComposeYaml.Write(document)),
            PublishedFile.FromText(EnvironmentFile, environment, PublishedFile.SecretMode),
            PublishedFile.FromText(".gitignore", "# Passwords.\n.env\n"),
            PublishedFile.FromText("README.md", ComposeReadme.Write(document, cluster, VmTarget.Describe(cluster).ReadWritePort)),
            .. graph.Files,
        ];
        await PublishedFolder.WriteAsync(folder, files, [ComposeGraph.FilesFolder, ComposeGraph.ImagesFolder, ComposeGraph.ProjectsFolder], context.CancellationToken);
        int missing = variables.Missing(environment).Count;
        return missing == 0
            ? $"docker compose: {folder} (docker compose up --build --detach)"
            : $"docker compose: {folder}; {missing} variables in {EnvironmentFile} have no value yet: fill them in, or publish with --{PublishOptions.SectionName}:{nameof(PublishOptions.GenerateSecrets)}=true";
    }
}

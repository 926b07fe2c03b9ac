namespace HaPgAspire.Hosting.Publishing;

/// <summary>The files of the target Azure.</summary>
internal static class AzureFiles
{
    /// <summary>The folder with the Bicep files, which belongs to the target alone.</summary>
    public const string InfraFolder = "infra";

    /// <summary>Writes all files.</summary>
    /// <param name="deployment">What goes to Azure.</param>
    /// <param name="folder">The folder that they will be in.</param>
    public static IReadOnlyList<PublishedFile> Write(AzureDeployment deployment, string folder) =>
    [
        PublishedFile.FromText("azure.yaml", AzureYaml.Write(deployment, folder)),
        PublishedFile.FromText($"{InfraFolder}/main.bicep", new AzureMainBicep(deployment).Write()),
        PublishedFile.FromText($"{InfraFolder}/main.parameters.json", AzureParametersFile.Write(deployment)),
        .. AzureModules.Read($"{InfraFolder}/modules"),
        .. deployment.Certificates is { } certificates
            ?
            [
                PublishedFile.FromText($"{InfraFolder}/{CertificateList.ListName}", certificates.Write()),
                .. new[] { CertificateList.ScriptName, AzureYaml.Hook, "renew-certificates.sh" }
                    .Select(script => PublishedFile.FromText($"{InfraFolder}/{script}", VmTemplates.Read(script), PublishedFile.ProgramMode)),
            ]
            : Array.Empty<PublishedFile>(),
        .. deployment.Machines.Select(machine => PublishedFile.FromText($"{InfraFolder}/{AzureMainBicep.CloudInitFolder}/{machine.Name}.yaml", machine.CloudInit)),
    ];
}

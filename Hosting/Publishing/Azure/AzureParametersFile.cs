using System.Text.Encodings.Web;
using System.Text.Json;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Writes <c>main.parameters.json</c> for azd: values from the azd environment, and passwords from the key vault or, the first time, at random.
/// </summary>
internal static class AzureParametersFile
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(AzureDeployment deployment)
    {
        AzureOptions options = deployment.Options;
        var parameters = new Dictionary<string, object>
        {
            ["environmentName"] = Value("${AZURE_ENV_NAME}"),
            ["location"] = Value("${AZURE_LOCATION}"),
            ["principalId"] = Value("${AZURE_PRINCIPAL_ID}"),
            ["principalType"] = Value("${AZURE_PRINCIPAL_TYPE}"),
            ["dataNodeSize"] = Value($"${{CLUSTER_DATA_NODE_SIZE={options.DataNodeSize}}}"),
            ["dataDiskSizeGb"] = Value($"${{CLUSTER_DATA_DISK_SIZE_GB={options.DataDiskSizeGb}}}"),
            ["etcdSize"] = Value($"${{CLUSTER_ETCD_SIZE={options.EtcdSize}}}"),
            ["proxySize"] = Value($"${{CLUSTER_PROXY_SIZE={options.ProxySize}}}"),
            ["adminUserName"] = Value($"${{CLUSTER_ADMIN_USER_NAME={options.AdminUserName}}}"),
            ["sshPublicKey"] = Value("${CLUSTER_SSH_PUBLIC_KEY=}"),
            ["bastion"] = Value($"${{CLUSTER_BASTION={(options.Bastion ? "true" : "false")}}}"),
            ["adminPassword"] = Secret(AzureMainBicep.AdminPasswordSecret),
        };
        if (deployment.Apps.Count > 0)
        {
            parameters["publicPages"] = Value($"${{CLUSTER_PUBLIC_PAGES={(options.PublicPages ? "true" : "false")}}}");
        }

        foreach (AzureApp app in deployment.Apps)
        {
            parameters[AzureMainBicep.ExistsParameter(app.Name)] = Value($"${{{AzureMainBicep.EnvironmentName(app.Name)}_RESOURCE_EXISTS=false}}");
        }

        foreach (AzureSecret secret in deployment.Secrets)
        {
            parameters[AzureMainBicep.SecretParameter(secret.Name)] = Secret(secret.Name);
        }

        if (deployment.Certificates is not null)
        {
            foreach (string holder in AzureMainBicep.CertificateHolders(deployment))
            {
                parameters[AzureMainBicep.CertificatesParameter(holder)] = Value($"${{{AzureMainBicep.CertificatesVariable(holder)}}}");
            }
        }

        var file = new Dictionary<string, object>
        {
            ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
            ["contentVersion"] = "1.0.0.0",
            ["parameters"] = parameters,
        };
        return JsonSerializer.Serialize(file, Format).ReplaceLineEndings("\n") + "\n";
    }

    private static Dictionary<string, string> Secret(string name) => Value($"$(secretOrRandomPassword ${{AZURE_KEY_VAULT_NAME}} {name})");

    private static Dictionary<string, string> Value(string value) => new() { ["value"] = value };
}

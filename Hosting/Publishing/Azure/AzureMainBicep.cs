using System.Globalization;
using System.Text;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes <c>main.bicep</c>; the modules it uses are fixed files.</summary>
/// <param name="deployment">What goes to Azure.</param>
internal sealed class AzureMainBicep(AzureDeployment deployment)
{
    private const int LeastPasswordLength = 12;

    private const int LeastSecretLength = 16;

    private readonly StringBuilder _text = new();

    private bool HasApps => deployment.Apps.Count > 0;

    public string Write()
    {
        Block("""
            // Written by the step publish-azure from the app host's graph and options: change those and publish again.
            targetScope = 'subscription'
            """);
        Parameters();
        Block($$"""
            var tags = {
              'azd-env-name': environmentName
            }
            var nameToken = uniqueString(subscription().id, environmentName, location)
            var zones = {{BicepText.Array(Zones)}}

            resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
              name: 'rg-${environmentName}'
              location: location
              tags: tags
            }
            """);
        SecretValues();
        Network();
        Identities();
        Vault();
        FrontDoor();
        foreach (AzureMachine machine in deployment.Machines)
        {
            Machine(machine);
        }

        Block("""
            module bastionHost 'modules/bastion.bicep' = if (bastion) {
              name: 'bastion'
              scope: group
              params: {
                location: location
                tags: tags
                nameToken: nameToken
                subnetId: network.outputs.bastionSubnetId
              }
            }
            """);
        if (HasApps)
        {
            Apps();
        }

        Outputs();
        return _text.ToString();
    }

    /// <summary>The name of the Bicep parameter that carries a secret.</summary>
    public static string SecretParameter(string secretName) => BicepText.Identifier(secretName);

    /// <summary>The name of the Bicep parameter that says whether an app exists already.</summary>
    public static string ExistsParameter(string appName) => BicepText.Identifier(appName, "exists");

    /// <summary>The zones by name, empty for a region without zones.</summary>
    private IEnumerable<string> Zones => deployment.Options.Zones.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private void Parameters()
    {
        AzureOptions options = deployment.Options;
        Block($$"""
            @description('Name of the azd environment, which the names and tags of all resources come from.')
            @minLength(1)
            @maxLength(64)
            param environmentName string

            @description('Region of all resources.')
            @minLength(1)
            @metadata({
              azd: {
                type: 'location'
              }
            })
            param location string

            @description('Object id of the user or service principal that runs azd. It may read the secrets, so that a second azd up keeps them.')
            param principalId string = ''

            @description('Kind of that principal.')
            @allowed(['User', 'ServicePrincipal', 'Group', ''])
            param principalType string = ''

            @description('Size of the data nodes.')
            @minLength(1)
            param dataNodeSize string = {{BicepText.Literal(options.DataNodeSize)}}

            @description('Gibibytes of the data disk of a data node.')
            @minValue({{AzureOptionsValidation.DataDiskSizeGb.Least}})
            @maxValue({{AzureOptionsValidation.DataDiskSizeGb.Most}})
            param dataDiskSizeGb int = {{options.DataDiskSizeGb}}

            @description('Size of the etcd machines.')
            @minLength(1)
            param etcdSize string = {{BicepText.Literal(options.EtcdSize)}}

            @description('Size of the machines with HAProxy.')
            @minLength(1)
            param proxySize string = {{BicepText.Literal(options.ProxySize)}}

            @description('Name of the machines\' administrator.')
            @minLength(1)
            @maxLength(32)
            param adminUserName string = {{BicepText.Literal(options.AdminUserName)}}

            @description('Public SSH key of the administrator; empty for the generated password, which is in the key vault.')
            param sshPublicKey string = ''

            @description('Password of the administrator.')
            @secure()
            @minLength({{LeastPasswordLength}})
            param adminPassword string

            @description('Address ranges that may connect to the front door; the service tag VirtualNetwork alone stands for the whole virtual network and what is peered with it.')
            @minLength(1)
            param clientAddressPrefixes array = ['VirtualNetwork']

            @description('Whether Azure Bastion is made, the only way to the machines\' SSH.')
            param bastion bool = {{(options.Bastion ? "true" : "false")}}
            """);
        if (HasApps)
        {
            Block($"""
                @description('Whether the pages of the container apps can be reached from the internet.')
                param publicPages bool = {(options.PublicPages ? "true" : "false")}
                """);
        }

        foreach (AzureApp app in deployment.Apps)
        {
            Block($"""
                @description('Whether the container app {app.Name} exists already; azd knows.')
                param {ExistsParameter(app.Name)} bool = false
                """);
        }

        foreach (string holder in CertificateHolders(deployment))
        {
            Block($"""
                @description('Certificates of {holder}, in base64; the hook before provisioning makes them.')
                @secure()
                @minLength({LeastSecretLength})
                param {CertificatesParameter(holder)} string
                """);
        }

        foreach (AzureSecret secret in deployment.Secrets)
        {
            Block($"""
                @description('Secret {secret.Name} of the cluster.')
                @secure()
                @minLength({LeastPasswordLength})
                param {SecretParameter(secret.Name)} string
                """);
        }
    }

    /// <summary>Whose certificates are parameters: the machines, and for apps that connect, the authority and the observer.</summary>
    public static IReadOnlyList<string> CertificateHolders(AzureDeployment deployment) => deployment.Certificates is null
        ? []
        :
        [
            .. deployment.Machines.Select(machine => machine.Name),
            .. deployment.Apps.Any(app => app.HasCertificates) ? [AuthorityHolder, VmCertificates.Observer] : Array.Empty<string>(),
        ];

    /// <summary>The name of the Bicep parameter with somebody's certificates.</summary>
    public static string CertificatesParameter(string holder) => BicepText.Identifier(holder == AuthorityHolder ? "certificate" : "certificates", holder);

    /// <summary>The name of the variable in the azd environment, which the hook sets.</summary>
    public static string CertificatesVariable(string holder) =>
        $"CLUSTER_CERTIFICATE{(holder == AuthorityHolder ? string.Empty : "S")}_{holder.ToUpperInvariant().Replace('-', '_')}";

    /// <summary>The name of the key vault's secret with somebody's certificates.</summary>
    public static string CertificatesSecret(string holder) => $"certificates-{holder}";

    private const string AuthorityHolder = "authority";

    // azd makes passwords of 15 letters and digits. What is appended once is part of what it reads back from the key vault.
    private void SecretValues() => Block(
        "// A password that azd has just made has 15 characters, fewer than some programs take.\n"
        + string.Join('\n', deployment.Secrets.Select(secret => SecretParameter(secret.Name)).Select(
            parameter => $"var {ValueOf(parameter)} = length({parameter}) < {LeastSecretLength} ? '${{{parameter}}}${{nameToken}}' : {parameter}")));

    private void Network()
    {
        AzureAddressPlan plan = deployment.Addresses;
        Block($$"""
            module network 'modules/network.bicep' = {
              name: 'network'
              scope: group
              params: {
                location: location
                tags: tags
                nameToken: nameToken
                addressSpace: {{BicepText.Literal(plan.AddressSpace)}}
                dataPrefix: {{BicepText.Literal(plan.Data)}}
                etcdPrefix: {{BicepText.Literal(plan.Etcd)}}
                proxyPrefix: {{BicepText.Literal(plan.Proxy)}}
                appsPrefix: {{BicepText.Literal(HasApps ? plan.Apps : string.Empty)}}
                bastionPrefix: bastion ? {{BicepText.Literal(plan.Bastion)}} : ''
                clientAddressPrefixes: clientAddressPrefixes
                clientPorts: [{{Text(deployment.ReadWritePort)}}, {{Text(deployment.ReadOnlyPort)}}]
                statisticsPort: {{Text(deployment.StatisticsPort)}}
                healthPort: {{Text(deployment.HealthPort)}}
                zones: zones
              }
            }
            """);
    }

    private IEnumerable<AzureMachineRole> RolesWithSecrets => deployment.Secrets.SelectMany(secret => secret.Readers)
        .Concat(deployment.Certificates is null ? [] : deployment.Machines.Select(machine => machine.Role))
        .Distinct()
        .Order();

    private void Identities()
    {
        foreach (AzureMachineRole role in RolesWithSecrets)
        {
            Identity(IdentityOf(role), $"id-{Name(role)}");
        }

        foreach (AzureApp app in deployment.Apps)
        {
            Identity(IdentityOf(app), $"id-{app.Name}");
        }
    }

    private void Identity(string symbol, string name) => Block($$"""
        module {{symbol}} 'modules/identity.bicep' = {
          name: '{{symbol}}'
          scope: group
          params: {
            location: location
            tags: tags
            name: '{{name}}-${nameToken}'
          }
        }
        """);

    private void Vault()
    {
        Block("""
            module vault 'modules/key-vault.bicep' = {
              name: 'key-vault'
              scope: group
              params: {
                location: location
                tags: tags
                name: 'kv-${nameToken}'
                principalId: principalId
                principalType: principalType
              }
            }
            """);
        Secret("adminPasswordSecret", AdminPasswordSecret, "adminPassword", []);
        foreach (AzureSecret secret in deployment.Secrets)
        {
            Secret(BicepText.Identifier(secret.Name, "secret"), secret.Name, ValueOf(SecretParameter(secret.Name)), secret.Readers.Select(IdentityOf));
        }

        foreach (string holder in CertificateHolders(deployment))
        {
            AzureMachine? machine = deployment.Machines.FirstOrDefault(machine => machine.Name == holder);
            string parameter = CertificatesParameter(holder);
            Secret(
                CertificatesSymbol(holder),
                CertificatesSecret(holder),
                // An app sees the secret as a file; a machine unpacks an archive.
                machine is null ? $"base64ToString({parameter})" : parameter,
                machine is null ? deployment.Apps.Where(app => app.HasCertificates).Select(IdentityOf) : [IdentityOf(machine.Role)]);
        }

        foreach (AzureApp app in deployment.Apps)
        {
            foreach ((string variable, PublishedValue value) in app.Environment.Where(variable => variable.Value.HoldsSecret))
            {
                Secret(SecretOf(app, variable), SecretName(app, variable), Interpolation(value), [IdentityOf(app)]);
            }
        }
    }

    private static string CertificatesSymbol(string holder) => BicepText.Identifier(CertificatesSecret(holder), "secret");

    /// <summary>The name of the key vault's secret with the administrator's password.</summary>
    public const string AdminPasswordSecret = "admin-password";

    private void Secret(string symbol, string name, string value, IEnumerable<string> readers)
    {
        string readerIds = string.Join(", ", readers.Select(identity => $"{identity}.outputs.principalId"));
        Block($$"""
            module {{symbol}} 'modules/secret.bicep' = {
              name: 'secret-{{name}}'
              scope: group
              params: {
                vaultName: vault.outputs.name
                name: {{BicepText.Literal(name)}}
                value: {{value}}
                readerPrincipalIds: [{{readerIds}}]
              }
            }
            """);
    }

    private void FrontDoor() => Block($$"""
        module frontDoor 'modules/load-balancer.bicep' = {
          name: 'front-door'
          scope: group
          params: {
            location: location
            tags: tags
            name: 'lbi-${nameToken}'
            subnetId: network.outputs.proxySubnetId
            address: {{BicepText.Literal(deployment.Addresses.FrontDoor)}}
            zones: zones
            readWritePort: {{Text(deployment.ReadWritePort)}}
            readOnlyPort: {{Text(deployment.ReadOnlyPort)}}
            healthPort: {{Text(deployment.HealthPort)}}
            healthPath: '/health'
          }
        }
        """);

    private void Machine(AzureMachine machine)
    {
        (string size, string subnet, string disk) = machine.Role switch
        {
            AzureMachineRole.Data => ("dataNodeSize", "dataSubnetId", "dataDiskSizeGb"),
            AzureMachineRole.Etcd => ("etcdSize", "etcdSubnetId", "0"),
            _ => ("proxySize", "proxySubnetId", "0"),
        };
        bool hasIdentity = RolesWithSecrets.Contains(machine.Role);
        List<string> zones = [.. Zones];
        string text = $"loadTextContent('{CloudInitFolder}/{machine.Name}.yaml')";
        if (hasIdentity)
        {
            text = $"replace(replace({text}, '{AzurePlaceholders.KeyVaultUri}', vault.outputs.uri), '{AzurePlaceholders.IdentityClientId}', {IdentityOf(machine.Role)}.outputs.clientId)";
        }

        // A machine asks for its secrets when it boots: they have to be there, and it has to be let in.
        List<string> needs = [.. deployment.Secrets.Where(secret => secret.Readers.Contains(machine.Role)).Select(secret => BicepText.Identifier(secret.Name, "secret"))];
        if (deployment.Certificates is not null)
        {
            needs.Add(CertificatesSymbol(machine.Name));
        }

        string dependsOn = needs.Count == 0 ? string.Empty : $"\n  dependsOn: [{string.Join(", ", needs)}]";
        Block($$"""
            module {{BicepText.Identifier(machine.Name)}} 'modules/virtual-machine.bicep' = {
              name: {{BicepText.Literal("machine-" + machine.Name)}}
              scope: group
              params: {
                location: location
                tags: tags
                name: {{BicepText.Literal(machine.Name)}}
                zone: {{BicepText.Literal(zones.Count == 0 ? string.Empty : zones[machine.Zone % zones.Count])}}
                size: {{size}}
                dataDiskSizeGb: {{disk}}
                subnetId: network.outputs.{{subnet}}
                address: {{BicepText.Literal(machine.Address)}}
                backendPoolIds: [{{(machine.Role == AzureMachineRole.Proxy ? "frontDoor.outputs.backendPoolId" : string.Empty)}}]
                identityId: {{(hasIdentity ? IdentityOf(machine.Role) + ".outputs.id" : "''")}}
                adminUserName: adminUserName
                sshPublicKey: sshPublicKey
                adminPassword: adminPassword
                cloudInit: {{text}}
              }{{dependsOn}}
            }
            """);
    }

    /// <summary>The folder beside <c>main.bicep</c> with the machines' cloud-init files.</summary>
    public const string CloudInitFolder = "cloud-init";

    private void Apps()
    {
        Block($$"""
            module apps 'modules/container-environment.bicep' = {
              name: 'container-environment'
              scope: group
              params: {
                location: location
                tags: tags
                nameToken: nameToken
                subnetId: network.outputs.appsSubnetId
                pullerPrincipalIds: [{{string.Join(", ", deployment.Apps.Select(app => IdentityOf(app) + ".outputs.principalId"))}}]
                isPublic: publicPages
              }
            }
            """);
        foreach (AzureApp app in deployment.Apps)
        {
            var plain = new StringBuilder();
            var secret = new StringBuilder();
            foreach ((string variable, PublishedValue value) in app.Environment)
            {
                if (value.HoldsSecret)
                {
                    Entry(secret, variable, "secretUri", $"{SecretOf(app, variable)}.outputs.uri");
                }
                else
                {
                    Entry(plain, variable, "value", Interpolation(value));
                }
            }

            Entry(plain, "HTTP_PORTS", "value", BicepText.Literal(Text(ProjectDockerfile.Port)));
            Block($$"""
                module {{BicepText.Identifier(app.Name, "app")}} 'modules/container-app.bicep' = {
                  name: {{BicepText.Literal("app-" + app.Name)}}
                  scope: group
                  params: {
                    location: location
                    tags: tags
                    name: {{BicepText.Literal(app.Name)}}
                    environmentId: apps.outputs.environmentId
                    registryEndpoint: apps.outputs.registryEndpoint
                    identityId: {{IdentityOf(app)}}.outputs.id
                    exists: {{ExistsParameter(app.Name)}}
                    targetPort: {{Text(ProjectDockerfile.Port)}}
                    livenessPath: {{BicepText.Literal(app.LivenessPath)}}
                    variables: [{{plain}}
                    ]
                    secretVariables: [{{secret}}
                    ]
                    secretFiles: [{{SecretFiles(app)}}]
                  }
                }
                """);
        }
    }

    private static string SecretFiles(AzureApp app)
    {
        if (!app.HasCertificates)
        {
            return string.Empty;
        }

        var files = new StringBuilder();
        Entry(files, CertificateFiles.Authority, "secretUri", $"{CertificatesSymbol(AuthorityHolder)}.outputs.uri");
        Entry(files, CertificateFiles.Client, "secretUri", $"{CertificatesSymbol(VmCertificates.Observer)}.outputs.uri");
        return files.Append("\n    ").ToString();
    }

    private static void Entry(StringBuilder entries, string name, string key, string value) => entries.Append(CultureInfo.InvariantCulture, $"\n      {{ name: {BicepText.Literal(name)}, {key}: {value} }}");

    private void Outputs()
    {
        Block($"""
            output AZURE_LOCATION string = location
            output AZURE_TENANT_ID string = subscription().tenantId
            output AZURE_RESOURCE_GROUP string = group.name
            output AZURE_KEY_VAULT_NAME string = vault.outputs.name

            @description('Connection string of the front door. The password is the secret CLUSTER_KEY_VAULT_SECRET of the key vault.')
            output CLUSTER_CONNECTION_STRING string = {BicepText.Literal(deployment.ConnectionString)}
            output CLUSTER_KEY_VAULT_SECRET string = {BicepText.Literal(deployment.PasswordSecretName)}
            output CLUSTER_BASTION_NAME string = bastion ? bastionHost!.outputs.name : ''
            """);
        if (HasApps)
        {
            Block("""
                output AZURE_CONTAINER_REGISTRY_ENDPOINT string = apps.outputs.registryEndpoint
                output AZURE_CONTAINER_APPS_ENVIRONMENT_ID string = apps.outputs.environmentId
                """);
        }

        foreach (AzureApp app in deployment.Apps)
        {
            Block($"output {EnvironmentName(app.Name)}_URI string = {BicepText.Identifier(app.Name, "app")}.outputs.uri");
        }
    }

    /// <summary>The name of an environment variable of azd, made from a name of the graph.</summary>
    public static string EnvironmentName(string name) => "SERVICE_" + name.ToUpperInvariant().Replace('-', '_');

    private static string Interpolation(PublishedValue value)
    {
        if (value.Parts is [PublishedValuePart.Hole only])
        {
            return ValueOf(SecretParameter(only.Parameter.Name));
        }

        return $"'{value.Write(BicepText.Escape, parameter => $"${{{ValueOf(SecretParameter(parameter.Name))}}}")}'";
    }

    private static string ValueOf(string parameter) => parameter + "Value";

    private static string SecretOf(AzureApp app, string variable) => BicepText.Identifier(app.Name, variable.ToLowerInvariant(), "secret");

    private static string SecretName(AzureApp app, string variable) => $"{app.Name}-{variable.ToLowerInvariant().Replace('_', '-')}";

    private static string IdentityOf(AzureMachineRole role) => $"{Name(role)}Identity";

    private static string IdentityOf(AzureApp app) => BicepText.Identifier(app.Name, "identity");

    private static string Name(AzureMachineRole role) => role switch
    {
        AzureMachineRole.Data => "data",
        AzureMachineRole.Etcd => "etcd",
        _ => "proxy",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Block(string text)
    {
        if (_text.Length > 0)
        {
            _text.Append('\n');
        }

        _text.Append(text.ReplaceLineEndings("\n")).Append('\n');
    }
}

using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>What goes to Azure, before it is written as Bicep.</summary>
internal sealed record AzureDeployment
{
    public required AzureOptions Options { get; init; }

    public required AzureAddressPlan Addresses { get; init; }

    public required IReadOnlyList<AzureMachine> Machines { get; init; }

    public required IReadOnlyList<AzureSecret> Secrets { get; init; }

    public required IReadOnlyList<AzureApp> Apps { get; init; }

    public required int ReadWritePort { get; init; }

    public required int ReadOnlyPort { get; init; }

    public required int StatisticsPort { get; init; }

    /// <summary>The port that tells the load balancer a proxy's health.</summary>
    public required int HealthPort { get; init; }

    /// <summary>What makes the certificates where it is deployed; null without TLS.</summary>
    public CertificateList? Certificates { get; init; }

    /// <summary>The connection string of the front door without its password, and the name of the secret that holds the password.</summary>
    public required string ConnectionString { get; init; }

    public required string PasswordSecretName { get; init; }
}

/// <summary>What a machine of the target Azure does.</summary>
internal enum AzureMachineRole
{
    Data,
    Etcd,
    Proxy,
}

/// <summary>A virtual machine.</summary>
/// <param name="Name">The machine's name.</param>
/// <param name="Role">What it does.</param>
/// <param name="Address">Its fixed address.</param>
/// <param name="Zone">Its number in the list of zones, from 0, before the list wraps.</param>
/// <param name="CloudInit">Its cloud-init, with <see cref="AzurePlaceholders"/> where the deployment's names go.</param>
internal sealed record AzureMachine(string Name, AzureMachineRole Role, string Address, int Zone, string CloudInit);

/// <summary>A secret of the key vault that comes from a parameter of the graph.</summary>
/// <param name="Name">The name in the vault, which is the parameter's name in the graph.</param>
/// <param name="Readers">The kinds of machine that may read it.</param>
internal sealed record AzureSecret(string Name, IReadOnlyList<AzureMachineRole> Readers);

/// <summary>A project that runs as a container app.</summary>
/// <param name="Name">The app's name.</param>
/// <param name="ProjectPath">The project file.</param>
/// <param name="LivenessPath">The page that answers 200 while the app lives.</param>
/// <param name="Environment">The environment variables.</param>
internal sealed record AzureApp(string Name, string ProjectPath, string LivenessPath, IReadOnlyDictionary<string, PublishedValue> Environment)
{
    /// <summary>Whether the app gets the certificate files of an observer: its variables name them.</summary>
    public bool HasCertificates => Environment.Values.Any(value => value.Mentions(CertificatePath.ContainerDirectory));
}

/// <summary>Marks in a machine's cloud-init that Bicep replaces when it knows the names.</summary>
internal static class AzurePlaceholders
{
    public const string KeyVaultUri = "@@KEY_VAULT_URI@@";

    public const string IdentityClientId = "@@IDENTITY_CLIENT_ID@@";
}

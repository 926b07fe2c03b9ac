using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>A small deployment with one of everything, and names that need care.</summary>
internal static class AzureSample
{
    public static AzureDeployment Create(AzureOptions? options = null, bool withApp = true, bool tls = true)
    {
        options ??= new AzureOptions();
        Assert.True(AzureAddressPlan.TryCreate(options.AddressSpace, out AzureAddressPlan? plan));
        var password = new ParameterResource("postgres-password", _ => "never-written", secret: true);
        return new AzureDeployment
        {
            Options = options,
            Addresses = plan,
            Machines =
            [
                new AzureMachine("data-node1", AzureMachineRole.Data, plan.DataNode(0), 0, "#cloud-config\n# it's @@KEY_VAULT_URI@@ and @@IDENTITY_CLIENT_ID@@\n"),
                new AzureMachine("etcd1", AzureMachineRole.Etcd, plan.EtcdMember(0), 0, "#cloud-config\n"),
                new AzureMachine("haproxy1", AzureMachineRole.Proxy, plan.ProxyMachine(0), 0, "#cloud-config\n"),
            ],
            Secrets = [new AzureSecret("postgres-password", [AzureMachineRole.Data])],
            Apps = withApp
                ?
                [
                    new AzureApp(
                        "probe",
                        Path.Combine(Repository.Root, "Probe", "Probe.csproj"),
                        "/alive",
                        new Dictionary<string, PublishedValue>
                        {
                            ["ConnectionStrings__appdb"] = new([
                                new PublishedValuePart.Text($"Host={plan.FrontDoor};Quote='$x\\y';Password="),
                                new PublishedValuePart.Hole(password)]),
                            ["POSTGRES_RESTPASSWORD"] = new([new PublishedValuePart.Hole(password)]),
                            ["POSTGRES_ROOTCERTIFICATE"] = new([new PublishedValuePart.Text(tls ? "/etc/hapgaspire/tls/ca.crt" : "")]),
                            ["POSTGRES_ETCD"] = new([new PublishedValuePart.Text($"http://{plan.EtcdMember(0)}:2379")]),
                        }),
                ]
                : [],
            ReadWritePort = 5000,
            ReadOnlyPort = 5001,
            StatisticsPort = 7000,
            HealthPort = tls ? 7001 : 7000,
            Certificates = tls ? new CertificateList("postgres", new CertificateOptions()) : null,
            ConnectionString = $"Host={plan.FrontDoor};Port=5000;Username=app;Database=appdb",
            PasswordSecretName = "postgres-password",
        };
    }
}

using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Publishes the graph's cluster to Azure: virtual machines for the cluster, container apps for the projects.</summary>
internal static class AzurePublisher
{
    // Where the load balancer's health probes come from, in every region.
    private const string LoadBalancerProbe = "168.63.129.16/32";

    // Azure's own udev rules give the first data disk this name.
    private const string DataDisk = "/dev/disk/azure/scsi1/lun0";

    /// <summary>Writes the folder.</summary>
    /// <param name="context">The step's context.</param>
    /// <param name="options">The publishing's options.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>What to tell the user.</returns>
    public static async Task<string> PublishAsync(PipelineStepContext context, PublishOptions options, string folder)
    {
        AzureDeployment deployment = await DescribeAsync(context, options.Azure);
        await PublishedFolder.WriteAsync(folder, AzureFiles.Write(deployment, folder), [AzureFiles.InfraFolder], context.CancellationToken);
        return $"Azure: {folder} (run 'azd up' there)";
    }

    /// <summary>Makes the deployment from the app model.</summary>
    /// <param name="context">The step's context.</param>
    /// <param name="options">The target's settings, valid.</param>
    public static async Task<AzureDeployment> DescribeAsync(PipelineStepContext context, AzureOptions options)
    {
        PatroniClusterResource cluster = PublishedCluster.Of(context.Model, PublishSteps.Azure);
        RefuseOtherContainers(context.Model);
        if (!AzureAddressPlan.TryCreate(options.AddressSpace, out AzureAddressPlan? plan))
        {
            throw new ClusterException($"{options.AddressSpace} is not a network that Azure's machines can be placed in.");
        }

        VmCluster machines = VmTarget.Describe(cluster) with { FrontDoors = [plan.FrontDoor], HealthAddress = "*" };
        VmInventory inventory = Inventory(cluster, options, plan);
        var values = new PublishedValueReader(reference => Locate(reference, machines, inventory, plan));
        IReadOnlyDictionary<string, ParameterResource> secrets = await SecretsAsync(cluster, context, values, inventory);
        return new AzureDeployment
        {
            Options = options,
            Addresses = plan,
            Machines = [.. inventory.Machines.Select((machine, _) => Machine(machines, inventory, machine, secrets))],
            Secrets =
            [
                .. context.Model.Resources.OfType<ParameterResource>().Concat(Secrets(cluster)).Where(parameter => parameter.Secret)
                    .Select(parameter => parameter.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                    .Select(name => new AzureSecret(name, [.. inventory.Machines
                        .Where(machine => VmPublisher.SecretNamesFor(machine, cluster.Options).Any(variable => secrets[variable].Name == name)).Select(Role).Distinct().Order()])),
            ],
            Apps = await AppsAsync(cluster, context, values, inventory),
            ReadWritePort = machines.ReadWritePort,
            ReadOnlyPort = machines.ReadOnlyPort,
            StatisticsPort = machines.StatisticsPort,
            HealthPort = machines.HealthPort,
            Certificates = cluster.Options.Tls ? VmCertificates.List(machines, inventory) : null,
            ConnectionString = FormattableString.Invariant(
                $"Host={plan.FrontDoor};Port={machines.ReadWritePort};Username={cluster.Options.Postgres.ApplicationRole};Database={machines.Databases.FirstOrDefault("postgres")}{(cluster.Options.Tls ? $";SSL Mode=VerifyFull;Root Certificate={CertificateFiles.Authority}" : string.Empty)}"),
            PasswordSecretName = cluster.PasswordParameter.Name,
        };
    }

    private static IEnumerable<ParameterResource> Secrets(PatroniClusterResource cluster) =>
    [
        cluster.PasswordParameter,
        cluster.ReplicationPasswordParameter,
        cluster.RewindPasswordParameter,
        cluster.MonitoringPasswordParameter,
        cluster.RestPasswordParameter,
        cluster.StatisticsPasswordParameter,
        .. cluster.Options.Tls ? [cluster.EtcdPasswordParameter] : Array.Empty<ParameterResource>(),
    ];

    private static void RefuseOtherContainers(DistributedApplicationModel model)
    {
        if (model.Resources.OfType<ContainerResource>().FirstOrDefault(container => container is not EtcdMemberResource and not PatroniNodeResource and not HAProxyResource) is { } other)
        {
            throw new ClusterException($"{PublishSteps.Azure} publishes the cluster and projects, not the container {other.Name}: leave it out when publishing, or use {PublishSteps.Compose}.");
        }
    }

    private static VmInventory Inventory(PatroniClusterResource cluster, AzureOptions options, AzureAddressPlan plan)
    {
        string proxy = cluster.HAProxy?.Name ?? "haproxy";
        return new VmInventory
        {
            Monitors = [plan.Apps, LoadBalancerProbe],
            Machines =
            [
                .. cluster.Nodes.Select((node, index) => new VmMachine { Name = node.Name, Address = plan.DataNode(index), Roles = [VmRole.Data], DataDisk = DataDisk }),
                .. Enumerable.Range(0, options.EtcdMembers).Select(index => new VmMachine { Name = Numbered(cluster.Etcd.Name, index), Address = plan.EtcdMember(index), Roles = [VmRole.Etcd] }),
                .. Enumerable.Range(0, options.Proxies).Select(index => new VmMachine { Name = Numbered(proxy, index), Address = plan.ProxyMachine(index), Roles = [VmRole.HAProxy] }),
            ],
        };
    }

    // As the graph names further etcd members.
    private static string Numbered(string name, int index) => index == 0 ? name : FormattableString.Invariant($"{name}-{index + 1}");

    /// <summary>The parameters that stand behind the passwords that machines read, by the names of the variables.</summary>
    private static async Task<IReadOnlyDictionary<string, ParameterResource>> SecretsAsync(
        PatroniClusterResource cluster, PipelineStepContext context, PublishedValueReader values, VmInventory inventory)
    {
        var secrets = new SortedDictionary<string, ParameterResource>(StringComparer.Ordinal)
        {
            [HAProxyConfiguration.StatisticsPasswordVariable] = cluster.StatisticsPasswordParameter,
        };
        if (cluster.Nodes.Count == 0)
        {
            throw new ClusterException($"{PublishSteps.Azure} has nothing to publish: the cluster {cluster.Name} has no node.");
        }

        IReadOnlyDictionary<string, PublishedValue> environment = await values.EnvironmentAsync(cluster.Nodes[0], context.ExecutionContext, context.CancellationToken);
        foreach (string name in VmPublisher.SecretNamesFor(inventory.With(VmRole.Data)[0], cluster.Options))
        {
            secrets[name] = environment.TryGetValue(name, out PublishedValue? value) && value.Parts is [PublishedValuePart.Hole hole]
                ? hole.Parameter
                : throw new ClusterException($"{PublishSteps.Azure} needs {name} of {cluster.Nodes[0].Name} to be a parameter.");
        }

        return secrets;
    }

    private static AzureMachineRole Role(VmMachine machine) =>
        machine.Has(VmRole.Data) ? AzureMachineRole.Data : machine.Has(VmRole.Etcd) ? AzureMachineRole.Etcd : AzureMachineRole.Proxy;

    private static AzureMachine Machine(VmCluster cluster, VmInventory inventory, VmMachine machine, IReadOnlyDictionary<string, ParameterResource> secrets)
    {
        IReadOnlyList<(string, string)> passwords =
            [.. VmPublisher.SecretNamesFor(machine, cluster.Options).Order(StringComparer.Ordinal).Select(name => (name, secrets[name].Name))];
        (string, string)? certificates = cluster.Options.Tls ? (VmPublisher.CertificatesPath, AzureMainBicep.CertificatesSecret(machine.Name)) : null;
        IReadOnlyList<IReadOnlyList<string>> prepare = passwords.Count > 0 || certificates is not null
            ? [AzureSecretsCommand.Write(VmPublisher.SecretsPath, passwords, certificates)]
            : [];
        int zone = inventory.With(machine.Roles[0]).Index().First(item => item.Item == machine).Index;
        return new AzureMachine(machine.Name, Role(machine), machine.Address, zone, VmPublisher.UserData(cluster, inventory, machine, prepare));
    }

    private static async Task<IReadOnlyList<AzureApp>> AppsAsync(PatroniClusterResource cluster, PipelineStepContext context, PublishedValueReader values, VmInventory inventory)
    {
        var apps = new List<AzureApp>();
        foreach (ProjectResource project in context.Model.Resources.OfType<ProjectResource>())
        {
            var environment = new SortedDictionary<string, PublishedValue>(StringComparer.Ordinal);
            foreach ((string name, PublishedValue value) in await values.EnvironmentAsync(project, context.ExecutionContext, context.CancellationToken))
            {
                environment[name] = value.Parameters.FirstOrDefault(parameter => !parameter.Secret) is { } unknown
                    ? throw new ClusterException($"{PublishSteps.Azure} needs a value for the parameter {unknown.Name}: give it with --Parameters:{unknown.Name}=….")
                    : value;
            }

            // There are more etcd members here than in the graph.
            string etcd = $"{cluster.Name.ToUpperInvariant().Replace('-', '_')}_ETCD";
            if (environment.ContainsKey(etcd))
            {
                environment[etcd] = new PublishedValue([new PublishedValuePart.Text(string.Join(',', inventory.With(VmRole.Etcd).Select(machine => $"{(cluster.Options.Tls ? "https" : "http")}://{machine.Address}:{EtcdMemberResource.ClientPort}")))]);
            }

            environment.Remove("HTTP_PORTS");
            environment.Remove("HTTPS_PORTS");
            apps.Add(new AzureApp(project.Name, project.Annotations.OfType<IProjectMetadata>().Last().ProjectPath, "/alive", environment));
        }

        return apps;
    }

    private static PublishedEndpoint Locate(EndpointReference reference, VmCluster cluster, VmInventory inventory, AzureAddressPlan plan)
    {
        (string host, int port) = (reference.Resource, reference.EndpointName) switch
        {
            (HAProxyResource, HAProxyResource.ReadOnlyEndpointName) => (plan.FrontDoor, cluster.ReadOnlyPort),
            // The load balancer has no rule for statistics: they are one proxy's own.
            (HAProxyResource, HAProxyResource.StatisticsEndpointName) => (inventory.With(VmRole.HAProxy)[0].Address, cluster.StatisticsPort),
            (HAProxyResource, _) => (plan.FrontDoor, cluster.ReadWritePort),
            (EtcdMemberResource, _) => (AddressOf(reference, inventory, VmRole.Etcd), EtcdMemberResource.ClientPort),
            (PatroniNodeResource, PatroniNodeResource.RestEndpointName) => (AddressOf(reference, inventory, VmRole.Data), PatroniNodeResource.RestPort),
            (PatroniNodeResource, _) => (AddressOf(reference, inventory, VmRole.Data), PatroniNodeResource.PostgresPort),
            // Container apps of one environment find each other by name.
            _ => (reference.Resource.Name, 80),
        };
        return new PublishedEndpoint(reference.Resource is ProjectResource ? "http" : reference.EndpointAnnotation.UriScheme, host, port);
    }

    // A graph with more etcd members than are published here has its last ones at the first machine.
    private static string AddressOf(EndpointReference reference, VmInventory inventory, VmRole role) =>
        (inventory.Machines.FirstOrDefault(machine => machine.Name == reference.Resource.Name) ?? inventory.With(role)[0]).Address;
}

using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>What the publisher knows about this integration's own resources and about projects.</summary>
/// <param name="model">The app model.</param>
internal sealed class ComposeKnowledge(DistributedApplicationModel model)
{
    private const string NodeCertificates = $"{ClusterImages.PatroniConfigurationDirectory}/{CertificateFiles.Folder}";
    private const string EtcdCertificates = $"{ClusterImages.EtcdConfigurationDirectory}/{CertificateFiles.Folder}";
    private const string HAProxyCertificates = $"{ClusterImages.HAProxyConfigurationDirectory}/{CertificateFiles.Folder}";

    /// <summary>What a resource needs.</summary>
    public ComposeTraits Of(IResource resource) => resource switch
    {
        EtcdMemberResource member => Etcd(member),
        PatroniNodeResource node => Node(node),
        HAProxyResource proxy => HAProxy(proxy),
        ProjectResource => new ComposeTraits
        {
            HealthPage = new ComposeHealthPage(ProjectDockerfile.Port, "/alive", StartSeconds: 30),
            Hardened = true,
            IsFrontDoor = true,
            DataFolders = [ProjectDockerfile.DataFolder],
            MemoryFolders = ["/tmp"],
            Certificates = Observer(ProjectDockerfile.User),
        },
        ContainerResource => ComposeTraits.Unknown with { Certificates = Observer(owner: null) },
        _ => ComposeTraits.Unknown,
    };

    private ComposeTraits Etcd(EtcdMemberResource member)
    {
        PatroniClusterResource? cluster = model.Resources.OfType<PatroniClusterResource>().FirstOrDefault(cluster => cluster.Etcd.Members.Contains(member));
        bool tls = cluster?.Options.Tls == true;
        return new ComposeTraits
        {
            HealthPage = new ComposeHealthPage(tls ? new Uri(EtcdConfiguration.HealthUrl).Port : EtcdMemberResource.ClientPort, "/health", StartSeconds: 30),
            Hardened = true,
            Processes = ContainerRestrictions.Processes,
            MemoryFolders = ContainerRestrictions.MemoryFolders,
            DataFolders = [ClusterImages.EtcdVolumePath],
            Certificates = tls
                ? new ComposeCertificates(EtcdCertificates, ClusterImages.EtcdUser, ComponentCertificates.OfEtcd(cluster!.Options, member.Member))
                : null,
        };
    }

    private static ComposeTraits Node(PatroniNodeResource node)
    {
        PatroniClusterResource cluster = node.Cluster;
        bool tls = cluster.Options.Tls;
        return new ComposeTraits
        {
            // A member's first base backup can take long; only then does its PostgreSQL answer.
            HealthPage = new ComposeHealthPage(
                PatroniNodeResource.RestPort, "/health", StartSeconds: 300, Authority: tls ? $"{NodeCertificates}/{CertificateFiles.Authority}" : null),
            Hardened = true,
            DataFolders = [ClusterImages.PostgresVolumePath],
            Processes = ContainerRestrictions.PostgresProcesses(cluster.Options.Postgres),
            MemoryFolders = ContainerRestrictions.PostgresMemoryFolders,
            // One of several may be away for good: then waiting for its health would keep everything down.
            Needs = [.. cluster.Etcd.Members.Select(member => new ComposeNeed(member, Healthy: cluster.Etcd.Members.Count == 1))],
            // PostgreSQL writes a checkpoint before it stops.
            StopSeconds = 60,
            SharedMemory = "256m",
            Certificates = tls
                ? new ComposeCertificates(
                    NodeCertificates,
                    ClusterImages.PostgresUser,
                    ComponentCertificates.OfNode(cluster.Options, node.Member, cluster.HAProxy is { } proxy ? [proxy.Name] : [], cluster.Scope))
                : null,
        };
    }

    private static ComposeTraits HAProxy(HAProxyResource proxy)
    {
        ClusterOptions options = proxy.Cluster.Options;
        return new ComposeTraits
        {
            HealthPage = new ComposeHealthPage(
                options.Tls ? HAProxyBuilderExtensions.Surroundings(proxy).HealthPort : proxy.StatisticsEndpoint.TargetPort ?? 7000, "/health", StartSeconds: 60),
            Hardened = true,
            Processes = ContainerRestrictions.Processes,
            MemoryFolders = ContainerRestrictions.MemoryFolders,
            IsFrontDoor = true,
            Needs = [.. proxy.Cluster.Nodes.Select(node => new ComposeNeed(node, Healthy: false))],
            Certificates = options.Tls
                ? new ComposeCertificates(HAProxyCertificates, ClusterImages.HAProxyUser, ComponentCertificates.OfHAProxy(options, [proxy.Name]))
                : null,
        };
    }

    // For a service whose values name the files.
    private static ComposeCertificates Observer(int? owner) => new(CertificatePath.ContainerDirectory, owner, ComponentCertificates.OfObserver);
}

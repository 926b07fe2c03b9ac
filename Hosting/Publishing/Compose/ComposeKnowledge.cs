namespace HaPgAspire.Hosting.Publishing;

/// <summary>What the publisher knows about this integration's own resources and about projects.</summary>
internal static class ComposeKnowledge
{
    public static ComposeTraits Of(IResource resource) => resource switch
    {
        EtcdMemberResource => new ComposeTraits
        {
            HealthPage = new ComposeHealthPage(EtcdMemberResource.ClientPort, "/health", StartSeconds: 30),
            Hardened = true,
            Processes = ContainerRestrictions.Processes,
            MemoryFolders = ContainerRestrictions.MemoryFolders,
            DataFolders = [ClusterImages.EtcdVolumePath],
        },
        PatroniNodeResource node => new ComposeTraits
        {
            // A member's first base backup can take long; only then does its PostgreSQL answer.
            HealthPage = new ComposeHealthPage(PatroniNodeResource.RestPort, "/health", StartSeconds: 300),
            Hardened = true,
            DataFolders = [ClusterImages.PostgresVolumePath],
            Processes = ContainerRestrictions.PostgresProcesses(node.Cluster.Options.Postgres),
            MemoryFolders = ContainerRestrictions.PostgresMemoryFolders,
            // One of several may be away for good: then waiting for its health would keep everything down.
            Needs = [.. node.Cluster.Etcd.Members.Select(member => new ComposeNeed(member, Healthy: node.Cluster.Etcd.Members.Count == 1))],
            // PostgreSQL writes a checkpoint before it stops.
            StopSeconds = 60,
            SharedMemory = "256m",
        },
        HAProxyResource proxy => new ComposeTraits
        {
            HealthPage = new ComposeHealthPage(proxy.StatisticsEndpoint.TargetPort ?? 7000, "/health", StartSeconds: 60),
            Hardened = true,
            Processes = ContainerRestrictions.Processes,
            MemoryFolders = ContainerRestrictions.MemoryFolders,
            IsFrontDoor = true,
            Needs = [.. proxy.Cluster.Nodes.Select(node => new ComposeNeed(node, Healthy: false))],
        },
        ProjectResource => new ComposeTraits
        {
            HealthPage = new ComposeHealthPage(ProjectDockerfile.Port, "/alive", StartSeconds: 30),
            Hardened = true,
            IsFrontDoor = true,
            DataFolders = [ProjectDockerfile.DataFolder],
            MemoryFolders = ["/tmp"],
        },
        _ => ComposeTraits.Unknown,
    };
}

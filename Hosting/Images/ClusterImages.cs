namespace HaPgAspire.Hosting;

/// <summary>The images that <c>Images/Dockerfile</c> builds: its stages, its users, and where files go in them.</summary>
public static class ClusterImages
{
    /// <summary>The stage with etcd.</summary>
    public const string EtcdStage = "etcd";

    /// <summary>The stage with HAProxy.</summary>
    public const string HAProxyStage = "haproxy";

    /// <summary>The stage with PostgreSQL and Patroni.</summary>
    public const string PatroniStage = "patroni";

    /// <summary>The stage with the tools that the fault suite brings network faults in with; no part of a cluster.</summary>
    internal const string FaultsStage = "faults";

    /// <summary>The build argument that names the base image.</summary>
    public const string BaseImageArgument = "BASE_IMAGE";

    /// <summary>User and group id of PostgreSQL and Patroni.</summary>
    public const int PostgresUser = 999;

    /// <summary>User and group id of etcd.</summary>
    public const int EtcdUser = 998;

    /// <summary>User and group id of HAProxy.</summary>
    public const int HAProxyUser = 997;

    /// <summary>The folder with <c>patroni.yml</c>.</summary>
    public const string PatroniConfigurationDirectory = "/etc/patroni";

    /// <summary>The folder with <c>etcd.yml</c>.</summary>
    public const string EtcdConfigurationDirectory = "/etc/etcd";

    /// <summary>The folder with <c>haproxy.cfg</c>.</summary>
    public const string HAProxyConfigurationDirectory = "/etc/haproxy";

    /// <summary>Where a data node's volume is mounted; the data directory is inside.</summary>
    public const string PostgresVolumePath = "/var/lib/postgresql";

    /// <summary>Where an etcd member's volume is mounted; the data directory is inside.</summary>
    public const string EtcdVolumePath = "/var/lib/etcd";

    /// <summary>The folder that holds the Dockerfile and is its build context: it lies beside the assembly.</summary>
    public static string ContextPath { get; } = Path.Combine(AppContext.BaseDirectory, "HaPgAspire.Hosting", "Images");
}

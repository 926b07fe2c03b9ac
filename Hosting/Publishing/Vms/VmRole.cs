namespace HaPgAspire.Hosting.Publishing;

/// <summary>What a machine does in the cluster.</summary>
public enum VmRole
{
    /// <summary>PostgreSQL under Patroni.</summary>
    Data,

    /// <summary>A member of etcd.</summary>
    Etcd,

    /// <summary>HAProxy, the front door.</summary>
    HAProxy,
}

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Where PostgreSQL and Patroni come from. etcd, HAProxy and keepalived always come from the distribution.</summary>
public enum VmPackageSource
{
    /// <summary>PostgreSQL's own archive, apt.postgresql.org: PostgreSQL 16 and 17, Patroni 4.</summary>
    Pgdg,

    /// <summary>The distribution: Ubuntu 24.04 has PostgreSQL 16 and Patroni 3.2, Debian 13 has PostgreSQL 17 and Patroni 4.0.</summary>
    Distribution,
}

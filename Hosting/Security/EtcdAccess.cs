namespace HaPgAspire.Hosting.Security;

/// <summary>
/// What a cluster may do in an etcd with TLS: one user, whose role reads and writes the cluster's keys and nothing else. <c>Images/etcd-access</c> sets it up, and
/// switches etcd's authentication on. The user is told by its password, the connection by a certificate: the JSON gateway, which Patroni uses, does not take
/// the user from the certificate. etcd's own administrator <c>root</c> has no password, and nobody gets a certificate in its name.
/// </summary>
public static class EtcdAccess
{
    /// <summary>The environment variable by which Patroni gets the password of its user in etcd.</summary>
    public const string PasswordVariable = "PATRONI_ETCD3_PASSWORD";

    /// <summary>
    /// The environment variable without which Patroni does not look at <see cref="PasswordVariable"/>: it reads that only where the environment says something
    /// else about etcd too (<c>_build_environment_configuration</c> in <c>patroni/config.py</c>).
    /// </summary>
    public const string ProtocolVariable = "PATRONI_ETCD3_PROTOCOL";

    /// <summary>The value of <see cref="ProtocolVariable"/>.</summary>
    public const string Protocol = "https";

    /// <summary>The cluster's user in etcd, which is also its role.</summary>
    /// <param name="scope">The cluster's name in etcd.</param>
    /// <returns>The name.</returns>
    public static string UserName(string scope) => $"patroni-{scope}";
}

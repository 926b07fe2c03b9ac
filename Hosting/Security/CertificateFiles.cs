namespace HaPgAspire.Hosting.Security;

/// <summary>
/// The certificate folder of each component: the same file names everywhere, and what is in them. Every call issues new certificates with new keys.
/// </summary>
public static class CertificateFiles
{
    /// <summary>The authority's certificate, by which its holder checks others.</summary>
    public const string Authority = "ca.crt";

    /// <summary>Certificate and key that the component shows to its clients.</summary>
    public const string Server = "server.pem";

    /// <summary>Certificate and key that the component shows to servers; on a data node, to etcd.</summary>
    public const string Client = "client.pem";

    /// <summary>The name of the folder, below that of the component's configuration.</summary>
    public const string Folder = "tls";

    /// <summary>The files of a data node: its server certificate (PostgreSQL and Patroni's REST API) and its client certificate for etcd.</summary>
    /// <param name="authority">The deployment's authority.</param>
    /// <param name="options">The cluster's options.</param>
    /// <param name="member">The node.</param>
    /// <param name="frontDoors">The names and addresses of the HAProxy in front.</param>
    /// <param name="etcdUser">The cluster's user in etcd (<see cref="EtcdAccess.UserName"/>).</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<CertificateFile> ForNode(
        CertificateAuthority authority, ClusterOptions options, PatroniMember member, IEnumerable<string> frontDoors, string etcdUser)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(member);
        return
        [
            CertificateFile.Public(Authority, authority.CertificatePem),
            CertificateFile.Secret(Server, authority.Issue(CertificateSubjects.Node(options, member, frontDoors), options.Certificates.Days)),
            CertificateFile.Secret(Client, authority.Issue(CertificateSubjects.EtcdClient(etcdUser), options.Certificates.Days)),
        ];
    }

    /// <summary>The files of an etcd member. It shows the same certificate to clients and to the other members.</summary>
    /// <param name="authority">The deployment's authority.</param>
    /// <param name="options">The cluster's options.</param>
    /// <param name="member">The member.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<CertificateFile> ForEtcd(CertificateAuthority authority, ClusterOptions options, EtcdMember member)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(member);
        return
        [
            CertificateFile.Public(Authority, authority.CertificatePem),
            CertificateFile.Secret(Server, authority.Issue(CertificateSubjects.Etcd(options, member), options.Certificates.Days)),
        ];
    }

    /// <summary>The files of HAProxy: what it checks the nodes by, and the certificate of its statistics.</summary>
    /// <param name="authority">The deployment's authority.</param>
    /// <param name="options">The cluster's options.</param>
    /// <param name="names">The names and addresses that HAProxy is reached by.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<CertificateFile> ForHAProxy(CertificateAuthority authority, ClusterOptions options, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(names);
        return
        [
            CertificateFile.Public(Authority, authority.CertificatePem),
            CertificateFile.Secret(Server, authority.Issue(CertificateSubjects.HAProxy(options, names), options.Certificates.Days)),
        ];
    }

    /// <summary>The files of a client such as the probe: what it checks servers by, and a certificate that etcd lets in without any right to its keys.</summary>
    /// <param name="authority">The deployment's authority.</param>
    /// <param name="options">The cluster's options.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<CertificateFile> ForObserver(CertificateAuthority authority, ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(options);
        return
        [
            CertificateFile.Public(Authority, authority.CertificatePem),
            CertificateFile.Secret(Client, authority.Issue(CertificateSubjects.Observer, options.Certificates.Days)),
        ];
    }
}

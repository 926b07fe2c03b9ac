using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The certificates of each kind of component, by the names of their files.</summary>
internal static class ComponentCertificates
{
    /// <summary>Those of a data node.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="member">The node.</param>
    /// <param name="frontDoors">The names and addresses that clients reach the nodes by through HAProxy.</param>
    /// <param name="scope">The cluster's name in etcd.</param>
    public static IReadOnlyList<(string File, CertificateSubject Subject)> OfNode(ClusterOptions options, PatroniMember member, IEnumerable<string> frontDoors, string scope) =>
    [
        (CertificateFiles.Server, CertificateSubjects.Node(options, member, frontDoors)),
        (CertificateFiles.Client, CertificateSubjects.EtcdClient(EtcdAccess.UserName(scope))),
    ];

    /// <summary>That of an etcd member.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="member">The member.</param>
    public static IReadOnlyList<(string File, CertificateSubject Subject)> OfEtcd(ClusterOptions options, EtcdMember member) =>
        [(CertificateFiles.Server, CertificateSubjects.Etcd(options, member))];

    /// <summary>That of HAProxy.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="names">The names and addresses that HAProxy is reached by.</param>
    public static IReadOnlyList<(string File, CertificateSubject Subject)> OfHAProxy(ClusterOptions options, IReadOnlyList<string> names) =>
        [(CertificateFiles.Server, CertificateSubjects.HAProxy(options, names))];

    /// <summary>That of a client which also asks etcd for its health.</summary>
    public static IReadOnlyList<(string File, CertificateSubject Subject)> OfObserver { get; } = [(CertificateFiles.Client, CertificateSubjects.Observer)];
}

namespace HaPgAspire.Hosting.Security;

/// <summary>Whom the certificates of a deployment are for: who may be what, under which names.</summary>
public static class CertificateSubjects
{
    /// <summary>
    /// A client that reads etcd's health and metrics, such as the probe. Without a password etcd's keys stay closed to it.
    /// </summary>
    public static CertificateSubject Observer { get; } = new() { Name = "observer", Connects = true };

    /// <summary>A data node: PostgreSQL and Patroni's REST API.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="member">The node.</param>
    /// <param name="frontDoors">The names and addresses of the HAProxy in front: it passes TLS through, so that clients check the node's certificate by its names.</param>
    /// <returns>The subject.</returns>
    public static CertificateSubject Node(ClusterOptions options, PatroniMember member, IEnumerable<string> frontDoors)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(member);
        return new() { Name = member.Name, Serves = true, Names = Names(options, [member.Name, member.Host, .. frontDoors]) };
    }

    /// <summary>A data node towards etcd.</summary>
    /// <param name="user">The cluster's user in etcd (<see cref="EtcdAccess.UserName"/>).</param>
    /// <returns>The subject.</returns>
    public static CertificateSubject EtcdClient(string user) => new() { Name = user, Connects = true };

    /// <summary>An etcd member, which shows one certificate to clients and to the other members, and to itself behind its JSON gateway.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="member">The member.</param>
    /// <returns>The subject.</returns>
    public static CertificateSubject Etcd(ClusterOptions options, EtcdMember member)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(member);
        return new() { Name = member.Name, Serves = true, Connects = true, Names = Names(options, [member.Name, member.Host]) };
    }

    /// <summary>HAProxy's statistics.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="names">The names and addresses that HAProxy is reached by.</param>
    /// <returns>The subject.</returns>
    public static CertificateSubject HAProxy(ClusterOptions options, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(names);
        return new() { Name = names[0], Serves = true, Names = Names(options, names) };
    }

    // Aspire gives a container the name NAME.dev.internal beside its own.
    private static IReadOnlyList<string> Names(ClusterOptions options, IReadOnlyList<string> names) =>
    [
        .. names.Distinct(StringComparer.OrdinalIgnoreCase),
        .. names.Where(name => !name.Contains('.', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal)).Distinct().Select(name => $"{name}.dev.internal"),
        "localhost",
        "127.0.0.1",
        .. options.Certificates.Names,
    ];
}

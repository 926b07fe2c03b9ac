namespace HaPgAspire.Hosting;

/// <summary>The certificates that a cluster gets with <see cref="ClusterOptions.Tls"/>, in the section <c>Cluster:Certificates</c>.</summary>
public sealed record CertificateOptions
{
    /// <summary>
    /// Days that the certificate of a component is valid. It is made when its container starts, and anew by the command <c>rotate-certificates</c>. Default 365. 1 to 3650,
    /// and at most <see cref="AuthorityDays"/>.
    /// </summary>
    public int Days { get; init; } = 365;

    /// <summary>Days that the deployment's certificate authority is valid. Default 3650. 1 to 7300.</summary>
    public int AuthorityDays { get; init; } = 3650;

    /// <summary>
    /// More host names and addresses that clients reach the front door or the nodes by, separated by commas: each is added to every certificate of a server.
    /// Default none. At most 50, each an IP address or a host name.
    /// </summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}

namespace HaPgAspire.Hosting.Security;

/// <summary>Whom a certificate is for.</summary>
public sealed record CertificateSubject
{
    /// <summary>
    /// The holder's name: the common name of a mere server, the organizational unit of one that <see cref="Connects"/>. etcd takes a client's common name for its
    /// user, and its JSON gateway, which Patroni uses, refuses whoever has one once authentication is on.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The host names and IP addresses that clients reach the holder by (subject alternative names). Default none, for a mere client.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Whether the holder may accept connections (extended key usage <c>serverAuth</c>).</summary>
    public bool Serves { get; init; }

    /// <summary>Whether the holder may identify itself to servers (extended key usage <c>clientAuth</c>).</summary>
    public bool Connects { get; init; }
}

namespace HaPgAspire.Hosting.Security;

/// <summary>A certificate and its key.</summary>
/// <param name="CertificatePem">The certificate.</param>
/// <param name="KeyPem">The private key (PKCS #8), a secret.</param>
public sealed record IssuedCertificate(string CertificatePem, string KeyPem)
{
    /// <summary>
    /// Certificate and key in one text. PostgreSQL, Patroni, etcd and HAProxy all read both from one file, and one file can be replaced at once: no
    /// program ever sees a certificate with the key of another.
    /// </summary>
    public string Pem => CertificatePem + KeyPem;

    /// <summary>Kept short: a record would print the key.</summary>
    /// <returns>The type's name.</returns>
    public override string ToString() => nameof(IssuedCertificate);
}

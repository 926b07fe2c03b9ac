namespace HaPgAspire.Hosting.Security;

/// <summary>One file of a component's certificate folder. It belongs to the user that the component runs as.</summary>
/// <param name="Name">The file's name, one of <see cref="CertificateFiles"/>.</param>
/// <param name="Contents">PEM.</param>
/// <param name="Mode">0600 for a file with a key, else 0644.</param>
public sealed record CertificateFile(string Name, string Contents, UnixFileMode Mode)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A file that everybody on the machine may read.</summary>
    internal static CertificateFile Public(string name, string contents) => new(name, contents, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    /// <summary>A file with a private key.</summary>
    internal static CertificateFile Secret(string name, IssuedCertificate certificate) => new(name, certificate.Pem, OwnerOnly);

    /// <summary>Kept short: a record would print the key.</summary>
    /// <returns>The file's name.</returns>
    public override string ToString() => Name;
}

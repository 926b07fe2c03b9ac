namespace HaPgAspire.Hosting.Security;

/// <summary>
/// Where a client of the cluster finds a certificate file: on this machine below the run's folder; in a container that got the files by
/// <see cref="ClusterSecurityBuilderExtensions.WithClusterCertificates"/>, there.
/// </summary>
/// <param name="security">The cluster's certificates.</param>
/// <param name="file">The file's name: <see cref="CertificateFiles.Authority"/> or <see cref="CertificateFiles.Client"/>.</param>
internal sealed class CertificatePath(ClusterSecurity security, string file) : IValueProvider, IManifestExpressionProvider
{
    /// <summary>The folder in a container that is a client.</summary>
    public const string ContainerDirectory = "/etc/hapgaspire/tls";

    /// <summary>The file's name.</summary>
    public string File { get; } = file;

    public string ValueExpression => $"{ContainerDirectory}/{File}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Path.Combine(security.Directory, File));

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        context.Caller is ContainerResource ? new($"{ContainerDirectory}/{File}") : GetValueAsync(cancellationToken);
}

using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>Makes the certificate authority of a cluster whose data is kept; the app host's user secrets keep it, as they do the passwords.</summary>
internal sealed class CertificateAuthorityDefault(PatroniClusterResource cluster) : ParameterDefault
{
    public override string GetDefaultValue()
    {
        using var authority = CertificateAuthority.Create(cluster.Name, cluster.Options.Certificates.AuthorityDays);
        return authority.ToPem();
    }

    // A manifest has no way to say how an authority is made: whoever deploys it gives the value.
    public override void WriteToManifest(ManifestPublishingContext context)
    {
    }
}

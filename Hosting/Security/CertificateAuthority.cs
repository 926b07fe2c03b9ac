using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HaPgAspire.Hosting.Security;

/// <summary>
/// The certificate authority of one deployment: it signs the certificates of the deployment's components and of nothing else. Its key stays with whoever
/// deploys; no component gets it. Keys are ECDSA on P-256, signatures with SHA-256.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    // Clocks of machines differ.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    // RFC 5280, 4.1.2.2: positive and at most 20 octets.
    private const int SerialNumberLength = 16;

    private readonly X509Certificate2 _certificate;
    private readonly TimeProvider _time;

    private CertificateAuthority(X509Certificate2 certificate, TimeProvider time)
    {
        _certificate = certificate;
        _time = time;
        CertificatePem = Text(certificate.ExportCertificatePem());
    }

    /// <summary>The authority's certificate, which everybody may have.</summary>
    public string CertificatePem { get; }

    /// <summary>The end of the authority's validity.</summary>
    public DateTimeOffset NotAfter => _certificate.NotAfter;

    /// <summary>Makes an authority with a new key.</summary>
    /// <param name="name">The deployment's name; it becomes part of the subject.</param>
    /// <param name="days">How long it is valid.</param>
    /// <param name="time">The clock; the system's when left out.</param>
    /// <returns>The authority.</returns>
    public static CertificateAuthority Create(string name, int days, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        time ??= TimeProvider.System;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The random part keeps apart the authorities of two deployments with the same name.
        CertificateRequest request = Request($"{name} authority {RandomNumberGenerator.GetHexString(8, lowercase: true)}", isClient: false, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        DateTimeOffset now = time.GetUtcNow();
        return new CertificateAuthority(request.CreateSelfSigned(now - ClockTolerance, now.AddDays(days)), time);
    }

    /// <summary>Reads an authority that <see cref="ToPem"/> wrote.</summary>
    /// <param name="pem">Certificate and key.</param>
    /// <param name="time">The clock; the system's when left out.</param>
    /// <returns>The authority.</returns>
    /// <exception cref="ClusterException">The text is not a certificate authority with its key, or the authority has expired.</exception>
    public static CertificateAuthority Load(string pem, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(pem);
        time ??= TimeProvider.System;
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (CryptographicException unreadable)
        {
            throw new ClusterException("The certificate authority that was kept cannot be read: remove it from the user secrets, and a new one is made.", unreadable);
        }

        if (certificate.NotAfter.ToUniversalTime() <= time.GetUtcNow().UtcDateTime)
        {
            certificate.Dispose();
            throw new ClusterException("The certificate authority that was kept has expired: remove it from the user secrets, and a new one is made.");
        }

        return new CertificateAuthority(certificate, time);
    }

    /// <summary>Certificate and private key, to be kept secret.</summary>
    /// <returns>The text that <see cref="Load"/> reads.</returns>
    public string ToPem()
    {
        using ECDsa key = Key();
        return CertificatePem + Text(key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Issues a certificate with a new key.</summary>
    /// <param name="subject">Whom it is for.</param>
    /// <param name="days">How long it is valid; no longer than the authority itself.</param>
    /// <returns>The certificate and its key.</returns>
    public IssuedCertificate Issue(CertificateSubject subject, int days)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(subject.Name, subject.Connects, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Usages(subject), critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (subject.Names.Count > 0)
        {
            request.CertificateExtensions.Add(AlternativeNames(subject.Names));
        }

        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset end = now.AddDays(days);
        byte[] serial = RandomNumberGenerator.GetBytes(SerialNumberLength);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        using ECDsa signer = Key();
        using X509Certificate2 certificate = request.Create(
            _certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signer),
            now - ClockTolerance < _certificate.NotBefore ? _certificate.NotBefore : now - ClockTolerance,
            end < _certificate.NotAfter ? end : _certificate.NotAfter,
            serial);
        return new IssuedCertificate(Text(certificate.ExportCertificatePem()), Text(key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>How a client of this deployment checks the certificate of a server: this authority and no other, besides the host's name.</summary>
    /// <returns>The policy, for <c>SslClientAuthenticationOptions.CertificateChainPolicy</c>.</returns>
    public X509ChainPolicy CreateChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(CertificatePem));
        return policy;
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    private static CertificateRequest Request(string name, bool isClient, ECDsa key)
    {
        var subject = new X500DistinguishedNameBuilder();
        if (isClient)
        {
            subject.AddOrganizationalUnitName(name);
        }
        else
        {
            subject.AddCommonName(name);
        }

        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static OidCollection Usages(CertificateSubject subject)
    {
        var usages = new OidCollection();
        if (subject.Serves)
        {
            usages.Add(new Oid("1.3.6.1.5.5.7.3.1", "serverAuth"));
        }

        if (subject.Connects)
        {
            usages.Add(new Oid("1.3.6.1.5.5.7.3.2", "clientAuth"));
        }

        return usages;
    }

    private static X509Extension AlternativeNames(IReadOnlyList<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }

    private static string Text(string pem) => pem + "\n";

    private ECDsa Key() => _certificate.GetECDsaPrivateKey() ?? throw new ClusterException("The certificate authority has no key.");
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HaPgAspire.Probe.Settings;

namespace HaPgAspire.Probe.Cluster;

/// <summary>
/// How the components are told from impostors, and what etcd is shown: one certificate authority, and a client certificate whose file is read for each connection,
/// because it may be replaced while the probe runs.
/// </summary>
internal sealed class ComponentTrust
{
    private readonly X509Certificate2Collection _authorities = [];
    private readonly string? _clientCertificate;
    private readonly Lock _gate = new();
    private (string Pem, X509Certificate2 Certificate)? _read;

    /// <exception cref="SettingsException">A file cannot be read.</exception>
    public ComponentTrust(string rootCertificate, string? clientCertificate)
    {
        _clientCertificate = clientCertificate;
        try
        {
            _authorities.ImportFromPemFile(rootCertificate);
            _ = Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SettingsException($"The certificates of the cluster cannot be read: {e.Message}");
        }
    }

    /// <summary>The options for a connection to a component; its name is checked besides.</summary>
    public SslClientAuthenticationOptions Options()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = policy,
            LocalCertificateSelectionCallback = _clientCertificate is null ? null : (_, _, _, _, _) => Read()!,
        };
    }

    private X509Certificate2? Read()
    {
        if (_clientCertificate is null)
        {
            return null;
        }

        var pem = File.ReadAllText(_clientCertificate);
        lock (_gate)
        {
            // Patroni closes each connection after its answer, and a PKCS #12 file is made and opened with thousands of hashes, so only for a new certificate.
            // The one before may still be in use by a handshake, and is left to its finalizer.
            if (_read is not { } read || read.Pem != pem)
            {
                using var certificate = X509Certificate2.CreateFromPem(pem, pem);
                // Windows takes no key for TLS that was never in a store or a PKCS #12 file.
                _read = read = (pem, X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null));
            }

            return read.Certificate;
        }
    }
}

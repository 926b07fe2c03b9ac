using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>A TLS handshake with a port, by hand.</summary>
internal static class TlsPort
{
    // PostgreSQL documentation, "Message Formats": SSLRequest.
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 4, 210, 22, 47];

    /// <summary>Shakes hands, and checks the server by an authority and its name.</summary>
    /// <returns>The server's certificate.</returns>
    /// <exception cref="AuthenticationException">One of the two refuses the other.</exception>
    public static async Task<X509Certificate2> ConnectAsync(
        string host, int port, bool postgres, string authority, string? client, SslProtocols protocols, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(host, port, cancellationToken);
        NetworkStream stream = tcp.GetStream();
        if (postgres)
        {
            await stream.WriteAsync(SslRequest, cancellationToken);
            byte[] answer = new byte[1];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            Assert.Equal((byte)'S', answer[0]);
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority);
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                EnabledSslProtocols = protocols,
                CertificateChainPolicy = policy,
                ClientCertificates = client is null ? null : [X509Certificate2.CreateFromPemFile(client, client)],
            },
            cancellationToken);
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.Export(X509ContentType.Cert));
    }
}

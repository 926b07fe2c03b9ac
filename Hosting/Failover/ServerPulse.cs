using System.Net.Sockets;

namespace HaPgAspire.Hosting;

/// <summary>
/// Asks a server the first question of PostgreSQL's protocol: whether it encrypts by GSSAPI (PostgreSQL documentation, "Message Formats", GSSENCRequest). The
/// postmaster has it answered whatever state the server is in, without a login and without a line in the log.
/// </summary>
internal static class ServerPulse
{
    /// <summary>The length, 8, and the code, 80877104, as PostgreSQL's protocol has them.</summary>
    private static readonly byte[] Question = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x30];

    /// <summary>
    /// Whether the server does not hang: it answered, or nothing listens, which Patroni sees by itself. Only a connection that is taken and then left without an
    /// answer, or that is not even taken, is a silence.
    /// </summary>
    public static async Task<bool> IsBeatingAsync(string host, int port, TimeSpan within, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(within);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, limit.Token);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Question, limit.Token);
            await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, limit.Token);
            return true;
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

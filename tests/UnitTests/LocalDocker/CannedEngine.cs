using System.Net.Sockets;
using System.Text;

namespace HaPgAspire.UnitTests.LocalDocker;

/// <summary>A Unix socket that answers every request with the same JSON, as far as it takes to pass for an engine.</summary>
internal sealed class CannedEngine : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _serving;

    public CannedEngine(string body)
    {
        Endpoint = new Uri($"unix://{_directory.Path}/engine.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(Endpoint.LocalPath));
        _listener.Listen();
        _serving = ServeAsync(body, _lifetime.Token);
    }

    public Uri Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _lifetime.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _lifetime.Dispose();
        _directory.Dispose();
    }

    private async Task ServeAsync(string body, CancellationToken cancellationToken)
    {
        var content = Encoding.UTF8.GetBytes(body);
        var head = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n");
        while (true)
        {
            using var connection = await _listener.AcceptAsync(cancellationToken);

            // A connection that only tries the socket sends nothing.
            if (await connection.ReceiveAsync(new byte[4096], cancellationToken) > 0)
            {
                await connection.SendAsync(head, cancellationToken);
                await connection.SendAsync(content, cancellationToken);
                connection.Shutdown(SocketShutdown.Both);
            }
        }
    }
}

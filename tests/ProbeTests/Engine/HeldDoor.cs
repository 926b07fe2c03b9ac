using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>Accepts connections for a server on loopback, and passes on what comes only once it is opened. One that came while it was open stays.</summary>
internal sealed class HeldDoor : IAsyncDisposable
{
    private readonly int _port;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentBag<Task> _visits = [];
    private readonly Task _accepting;
    private int _accepted;
    private int _left;

    public HeldDoor(int port)
    {
        _port = port;
        _listener.Start();
        _accepting = AcceptAsync(_ending.Token);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that came and asked for something.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections whose client left before the door was opened.</summary>
    public int Left => Volatile.Read(ref _left);

    public void Open() => _open.SetResult();

    /// <summary>Sends away all that wait.</summary>
    public void Refuse() => _open.SetCanceled();

    public void Hold() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_visits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(cancellationToken);
            _visits.Add(VisitAsync(client, cancellationToken));
        }
    }

    private async Task VisitAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using (client)
        {
            var first = new byte[8];
            await client.GetStream().ReadExactlyAsync(first, cancellationToken);
            Interlocked.Increment(ref _accepted);
            var leaving = client.Client.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken).AsTask();
            if (await Task.WhenAny(_open.Task, leaving).WaitAsync(cancellationToken) == leaving)
            {
                Interlocked.Increment(ref _left);
                return;
            }

            if (_open.Task.IsCanceled)
            {
                return;
            }

            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
            await server.GetStream().WriteAsync(first, cancellationToken);
            await Task.WhenAny(
                client.GetStream().CopyToAsync(server.GetStream(), cancellationToken),
                server.GetStream().CopyToAsync(client.GetStream(), cancellationToken));
        }
    }
}

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>A second terminal's end of the control channel.</summary>
internal sealed class ControlClient
{
    // A healthy app host answers at once; one that is being debugged, or is swapped out, must not block the others' listing.
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(10);

    private readonly string _path;

    private ControlClient(string path, AppHostInfo appHost)
    {
        _path = path;
        AppHost = appHost;
    }

    public AppHostInfo AppHost { get; }

    /// <summary>The app hosts that run, the oldest first. Sockets on which nobody answers any more are removed.</summary>
    public static async Task<IReadOnlyList<ControlClient>> FindAsync(ControlDirectory directory, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(directory.Sockets().Select(path => TryAsync(path, cancellationToken)));
        return [.. found.OfType<ControlClient>().OrderBy(client => client.AppHost.StartedAt)];
    }

    /// <summary>Sends a request and gives its answers.</summary>
    /// <exception cref="TerminalException">The app host refuses the request, or goes away before it is answered.</exception>
    public async IAsyncEnumerable<ControlResponse> SendAsync(ControlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await ConnectAsync(_path, cancellationToken);
        }
        catch (SocketException)
        {
            throw new AppHostLeftException();
        }

        await foreach (var response in AskAsync(socket, request, cancellationToken))
        {
            yield return response;
        }
    }

    private static async Task<ControlClient?> TryAsync(string path, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(HelloTimeout);
        try
        {
            var socket = await ConnectAsync(path, timeout.Token);
            await foreach (var response in AskAsync(socket, new ControlRequest(ControlVerb.Hello), timeout.Token))
            {
                if (response.AppHost is { } appHost)
                {
                    return new ControlClient(path, appHost);
                }
            }
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused && ControlDirectory.OwnerIsGone(path))
        {
            File.Delete(path);
        }
        catch (Exception away) when (away is SocketException or TerminalException
            || (away is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It is just starting or ending, or doesn't answer: not one to talk to, nor one to remove.
            return null;
        }

        return null;
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async IAsyncEnumerable<ControlResponse> AskAsync(
        Socket socket,
        ControlRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var json = JsonSerializer.Serialize(request, ControlJson.Default.ControlRequest);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(json + "\n"), cancellationToken);
        }
        catch (IOException)
        {
            throw new AppHostLeftException();
        }

        using var reader = new StreamReader(stream, leaveOpen: true);
        while (true)
        {
            var response = await ReadAsync(reader, cancellationToken);
            switch (response.Kind)
            {
                case ControlResponseKind.Item:
                    yield return response;
                    break;
                case ControlResponseKind.End:
                    yield break;
                default:
                    throw new TerminalException(
                        response.Error ?? "The app host refused the request.",
                        response.ExitCode ?? ExitCodes.ResourceCommandFailed);
            }
        }
    }

    private static async Task<ControlResponse> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        string? line;
        try
        {
            line = await reader.ReadLineAsync(cancellationToken);
        }
        catch (IOException)
        {
            line = null;
        }

        return line is null
            ? throw new AppHostLeftException()
            : JsonSerializer.Deserialize(line, ControlJson.Default.ControlResponse)
                ?? throw new TerminalException("The app host's answer cannot be read.", ExitCodes.InvalidCommand);
    }
}

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>An app host's end of the control channel.</summary>
internal sealed partial class ControlServer : IAsyncDisposable
{
    private const int LongestRequest = 64 * 1024;

    private readonly IControlTarget _target;
    private readonly AppHostInfo _appHost;
    private readonly ILogger _logger;
    private readonly Socket _listener;
    private readonly string _path;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;
    private bool _disposed;

    private ControlServer(IControlTarget target, AppHostInfo appHost, Socket listener, string path, ILogger logger)
    {
        _target = target;
        _appHost = appHost;
        _listener = listener;
        _path = path;
        _logger = logger;
    }

    /// <summary>Opens this process's socket.</summary>
    /// <exception cref="IOException">The directory for it cannot be used.</exception>
    /// <exception cref="SocketException">The socket cannot be opened.</exception>
    public static ControlServer Start(IControlTarget target, AppHostInfo appHost, ILogger logger, ControlDirectory? directory = null)
    {
        directory ??= ControlDirectory.Default;
        directory.Ensure();
        var path = directory.SocketOf(appHost.Directory, appHost.AppHostPid);

        // Left by an earlier process with the same id.
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen();
            var server = new ControlServer(target, appHost, listener, path, logger);
            server._accepting = server.AcceptAsync(server._lifetime.Token);
            return server;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _lifetime.CancelAsync();
        _listener.Dispose();
        File.Delete(_path);
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        await Task.WhenAll(connections);
        _lifetime.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var connection = ServeAsync(await _listener.AcceptAsync(cancellationToken), cancellationToken);
            lock (_lock)
            {
                _connections.RemoveWhere(finished => finished.IsCompleted);
                _connections.Add(connection);
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (await ReadRequestAsync(stream, leaving.Token) is not { } request)
            {
                return;
            }

            var gone = WatchForLeavingAsync(stream, leaving);
            await AnswerAsync(request, stream, leaving.Token);
            await leaving.CancelAsync();
            await gone;
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            LogConnectionEnded(_logger, ended.Message);
        }
    }

    private async Task AnswerAsync(ControlRequest request, NetworkStream stream, CancellationToken cancellationToken)
    {
        ControlResponse last;
        try
        {
            await foreach (var item in RespondAsync(request, cancellationToken))
            {
                await WriteAsync(stream, item, cancellationToken);
            }

            last = new ControlResponse(ControlResponseKind.End);
        }
        catch (Exception failed) when (failed is not IOException && !cancellationToken.IsCancellationRequested)
        {
            last = new ControlResponse(ControlResponseKind.Error) { Error = failed.Message, ExitCode = (failed as TerminalException)?.ExitCode };
        }

        await WriteAsync(stream, last, cancellationToken);
    }

    private IAsyncEnumerable<ControlResponse> RespondAsync(ControlRequest request, CancellationToken cancellationToken) => request.Verb switch
    {
        ControlVerb.Hello => One(new ControlResponse(ControlResponseKind.Item) { AppHost = _appHost }),
        ControlVerb.Resources => ResourcesAsync(request, cancellationToken),
        ControlVerb.Logs => LogsAsync(request, cancellationToken),
        ControlVerb.Execute => ExecuteAsync(request, cancellationToken),
        ControlVerb.Stop => StopAsync(),
        _ => throw new TerminalException($"The app host doesn't know the request '{request.Verb}'.", ExitCodes.InvalidCommand),
    };

    private async IAsyncEnumerable<ControlResponse> ResourcesAsync(ControlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = request.Follow ? _target.FollowResourcesAsync(cancellationToken) : Many(_target.ListResources());
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            yield return new ControlResponse(ControlResponseKind.Item) { Resource = row };
        }
    }

    private async IAsyncEnumerable<ControlResponse> LogsAsync(ControlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var name = request.Resource is { } asked ? Find(asked).Name : null;
        var skip = new Dictionary<string, int>();
        if (request.Tail is { } tail)
        {
            var kept = new Queue<LogRow>();
            await foreach (var row in _target.ReadLogsAsync(name, follow: false, cancellationToken))
            {
                skip[row.Resource] = skip.GetValueOrDefault(row.Resource) + 1;
                kept.Enqueue(row);
                if (kept.Count > tail)
                {
                    kept.Dequeue();
                }
            }

            foreach (var row in kept)
            {
                yield return new ControlResponse(ControlResponseKind.Item) { Log = row };
            }

            if (!request.Follow)
            {
                yield break;
            }
        }

        await foreach (var row in _target.ReadLogsAsync(name, request.Follow, cancellationToken))
        {
            if (skip.GetValueOrDefault(row.Resource) is > 0 and var left)
            {
                skip[row.Resource] = left - 1;
                continue;
            }

            yield return new ControlResponse(ControlResponseKind.Item) { Log = row };
        }
    }

    private async IAsyncEnumerable<ControlResponse> ExecuteAsync(ControlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resource = Find(request.Resource ?? "");
        var command = CommandLookup.Find(resource, request.Command ?? "");
        var outcome = await _target.ExecuteCommandAsync(
            resource.Name,
            command.Name,
            request.Arguments ?? new Dictionary<string, string?>(),
            cancellationToken);
        yield return new ControlResponse(ControlResponseKind.Item) { Outcome = outcome };
    }

    private IAsyncEnumerable<ControlResponse> StopAsync()
    {
        _target.RequestStop();
        return Many(Array.Empty<ControlResponse>());
    }

    private ResourceRow Find(string name) => CommandLookup.Find(_target.ListResources(), name);

    private static async Task<ControlRequest?> ReadRequestAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var line = new byte[LongestRequest];
        var length = 0;
        while (length < line.Length)
        {
            var read = await stream.ReadAsync(line.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return null;
            }

            var end = line.AsSpan(length, read).IndexOf((byte)'\n');
            length += read;
            if (end >= 0)
            {
                try
                {
                    return JsonSerializer.Deserialize(line.AsSpan(0, length - read + end), ControlJson.Default.ControlRequest);
                }
                catch (JsonException)
                {
                    break;
                }
            }
        }

        await WriteAsync(
            stream,
            new ControlResponse(ControlResponseKind.Error) { Error = "The app host doesn't understand the request." },
            cancellationToken);
        return null;
    }

    // A client says nothing after its request: the end of its stream is its leaving.
    private static async Task WatchForLeavingAsync(NetworkStream stream, CancellationTokenSource leaving)
    {
        var nothing = new byte[1];
        try
        {
            while (await stream.ReadAsync(nothing, leaving.Token) > 0)
            {
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            return;
        }

        await leaving.CancelAsync();
    }

    private static async Task WriteAsync(NetworkStream stream, ControlResponse response, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(response, ControlJson.Default.ControlResponse);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(json + "\n"), cancellationToken);
    }

    private static IAsyncEnumerable<ControlResponse> One(ControlResponse response) => Many([response]);

    private static async IAsyncEnumerable<T> Many<T>(IReadOnlyList<T> items)
    {
        await Task.CompletedTask;
        foreach (var item in items)
        {
            yield return item;
        }
    }

    [LoggerMessage(LogLevel.Debug, "A connection of the control channel ended: {Reason}")]
    private static partial void LogConnectionEnded(ILogger logger, string reason);
}

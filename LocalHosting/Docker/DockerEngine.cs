using System.Net.Sockets;
using Docker.DotNet;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>
/// A Docker Engine, or Podman behind its Docker API. Requests name no API version, so each engine answers with its own newest
/// one; what is used here exists since 1.40 (Docker 19.03).
/// </summary>
internal sealed partial class DockerEngine : IAsyncDisposable
{
    // Only a request for which the engine has to do work waits this long: a container's stop comes with its own time.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(10);
    private static readonly Version OldestApi = new(1, 40);

    private readonly DockerClient _client;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly ContainerExits _exits;
    private bool _disposed;

    private DockerEngine(DockerClient client, ILogger logger)
    {
        _client = client;
        _logger = logger;
        _exits = new ContainerExits(this, client, logger);
    }

    /// <summary>The address in use, such as unix:///var/run/docker.sock.</summary>
    public Uri Endpoint => _client.Options.Endpoint;

    /// <summary>
    /// Chooses the engine as the docker command does: DOCKER_HOST, then the docker context, then the platform's default.
    /// Nothing is sent yet.
    /// </summary>
    /// <param name="endpoint">Overrides the choice.</param>
    /// <exception cref="EngineUnavailableException">DOCKER_HOST or the context holds no usable address.</exception>
    public static DockerEngine Connect(ILogger? logger = null, Uri? endpoint = null)
    {
        try
        {
            var builder = new DockerClientBuilder().WithTimeout(RequestTimeout);
            if (endpoint is not null)
            {
                builder = builder.WithEndpoint(endpoint);
            }

            return new DockerEngine(builder.Build(), logger ?? NullLogger.Instance);
        }
        catch (Exception invalid) when (invalid is not OutOfMemoryException)
        {
            throw EngineErrors.BadConfiguration(invalid);
        }
    }

    /// <summary>Makes sure that the engine is there, answers and can do what is asked of it here.</summary>
    /// <exception cref="EngineUnavailableException">It cannot; the message is one sentence with the remedy.</exception>
    public async Task<EngineInfo> CheckAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CheckTimeout);
        try
        {
            // The socket is tried by itself first: behind HTTP the reason for a failure depends on the transport.
            if (Endpoint.Scheme == "unix")
            {
                if (!File.Exists(Endpoint.LocalPath))
                {
                    throw EngineErrors.NoSocket(Endpoint.LocalPath);
                }

                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Endpoint.LocalPath), timeout.Token);
            }

            var version = await _client.System.GetVersionAsync(timeout.Token);
            if (Version.TryParse(version.APIVersion, out var api) && api < OldestApi)
            {
                throw EngineErrors.TooOld(Endpoint, version.APIVersion, OldestApi);
            }

            if (string.Equals(version.Os, "windows", StringComparison.OrdinalIgnoreCase))
            {
                throw EngineErrors.WindowsContainers();
            }

            var podman = version.Components?.Any(part => part.Name.Contains("Podman", StringComparison.OrdinalIgnoreCase)) == true;
            return new EngineInfo(podman ? "Podman" : "Docker", version.Version, version.APIVersion, version.Os, version.Arch);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.NoAnswer(Endpoint, CheckTimeout);
        }
        catch (Exception unreachable) when (unreachable is not EngineException and not OperationCanceledException)
        {
            throw EngineErrors.NotReachable(Endpoint, unreachable);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _lifetime.CancelAsync();
        await _exits.DisposeAsync();
        _client.Dispose();
        _lifetime.Dispose();
    }

    /// <summary>One request, with its failures turned into sentences.</summary>
    private async Task<T> CallAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken);
        }
        catch (DockerApiException refused)
        {
            throw EngineErrors.Failed(what, refused);
        }
        catch (Exception broken) when (broken is HttpRequestException or SocketException or IOException)
        {
            throw EngineErrors.NotReachable(Endpoint, broken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.NoAnswer(Endpoint, RequestTimeout);
        }
    }

    private Task<bool> CallAsync(string what, Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        CallAsync(
            what,
            async token =>
            {
                await call(token);
                return true;
            },
            cancellationToken);

    private static Dictionary<string, IDictionary<string, bool>> Filter(string name, params string[] values) =>
        new() { [name] = values.ToDictionary(value => value, _ => true) };

    private static Dictionary<string, string> Copy(IReadOnlyDictionary<string, string> labels) => new(labels);
}

/// <param name="Name">"Docker" or "Podman".</param>
internal sealed record EngineInfo(string Name, string Version, string ApiVersion, string OperatingSystem, string Architecture);

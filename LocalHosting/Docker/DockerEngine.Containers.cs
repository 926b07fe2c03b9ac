using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace HaPgAspire.LocalHosting.Docker;

internal sealed partial class DockerEngine
{
    /// <summary>Creates a container, without starting it, and puts its files into it.</summary>
    /// <returns>The container's id.</returns>
    /// <exception cref="EngineException">A runtime argument is unknown, the name is taken, or the engine refuses.</exception>
    public async Task<string> CreateContainerAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        var parameters = ContainerParameters.From(spec);
        using var files = ContainerFilesArchive.Create(spec.Files);
        cancellationToken.ThrowIfCancellationRequested();

        // Not to be interrupted: the engine may create it all the same, and then nobody knows its id.
        var created = await CallAsync(
            $"Creating container '{spec.Name}'",
            token => _client.Containers.CreateContainerAsync(parameters, token),
            CancellationToken.None);
        if (spec.Files.Count > 0)
        {
            try
            {
                await CallAsync(
                    $"Copying files into container '{spec.Name}'",
                    token => _client.Containers.ExtractArchiveToContainerAsync(created.ID, new() { Path = "/" }, files, token),
                    cancellationToken);
            }
            catch
            {
                await RemoveContainerAsync(created.ID, CancellationToken.None);
                throw;
            }
        }

        return created.ID;
    }

    /// <summary>Starts a created or stopped container.</summary>
    /// <returns>Its state, with the host ports that the engine chose.</returns>
    /// <exception cref="PortInUseException">A host port is taken.</exception>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    public async Task<ContainerStatus> StartContainerAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync("", token => _client.Containers.StartContainerAsync(id, null, token), cancellationToken);
        }
        catch (EngineException failed) when (failed.InnerException is DockerApiException refused)
        {
            throw await StartFailureAsync(id, refused, cancellationToken);
        }

        return await InspectContainerAsync(id, cancellationToken) ?? throw new ContainerGoneException(id);
    }

    /// <summary>Asks the container's process to end and kills it when it hasn't after <paramref name="timeout"/>. No error when it doesn't run.</summary>
    public async Task StopContainerAsync(string id, TimeSpan timeout, CancellationToken cancellationToken) =>
        await IfThereAsync(
            $"Stopping container {id}",
            token => _client.Containers.StopContainerAsync(
                id,
                new() { WaitBeforeKillSeconds = (uint)Math.Ceiling(Math.Max(timeout.TotalSeconds, 0)) },
                token),
            cancellationToken);

    /// <summary>Sends a signal. No error when the container doesn't run.</summary>
    public async Task KillContainerAsync(string id, CancellationToken cancellationToken, string signal = "SIGKILL")
    {
        try
        {
            await IfThereAsync(
                $"Killing container {id}",
                token => _client.Containers.KillContainerAsync(id, new() { Signal = signal }, token),
                cancellationToken);
        }
        catch (EngineException failed) when (failed.InnerException is DockerApiException)
        {
            // Podman doesn't tell by its status code that the container isn't running.
            if (await InspectContainerAsync(id, cancellationToken) is { Running: true })
            {
                throw;
            }
        }
    }

    /// <summary>Removes the container, running or not, with its anonymous volumes. No error when it isn't there.</summary>
    public async Task RemoveContainerAsync(string id, CancellationToken cancellationToken) =>
        await IfThereAsync(
            $"Removing container {id}",
            token => _client.Containers.RemoveContainerAsync(id, new() { Force = true, RemoveVolumes = true }, token),
            cancellationToken);

    /// <returns>Null when there is no such container.</returns>
    public async Task<ContainerStatus?> InspectContainerAsync(string idOrName, CancellationToken cancellationToken)
    {
        var container = await FindContainerAsync(idOrName, cancellationToken);
        return container is null ? null : ContainerParameters.StatusOf(container);
    }

    /// <summary>Completes when the container's process has ended, at once when it isn't running.</summary>
    /// <returns>Its exit code, -1 where the engine does not say.</returns>
    /// <exception cref="ContainerGoneException">The container is removed, or was never there.</exception>
    public Task<int> WaitForExitAsync(string id, CancellationToken cancellationToken) => _exits.WaitAsync(id, cancellationToken);

    private async Task<ContainerInspectResponse?> FindContainerAsync(string idOrName, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(
                $"Inspecting container {idOrName}",
                token => _client.Containers.InspectContainerAsync(idOrName, token),
                cancellationToken);
        }
        catch (EngineException failed) when (failed.InnerException is DockerContainerNotFoundException)
        {
            return null;
        }
    }

    private async Task<EngineException> StartFailureAsync(string id, DockerApiException refused, CancellationToken cancellationToken)
    {
        var container = await FindContainerAsync(id, cancellationToken);
        if (container is null)
        {
            return new ContainerGoneException(id, refused);
        }

        var name = container.Name.TrimStart('/');
        var message = EngineErrors.Message(refused);
        var published = (container.HostConfig?.PortBindings ?? new Dictionary<string, IList<PortBinding>>())
            .SelectMany(binding => binding.Value ?? [])
            .Select(binding => int.TryParse(binding.HostPort, out var port) ? port : 0)
            .Where(port => port > 0)
            .ToHashSet();
        if (!EngineErrors.IsPortInUse(message) || EngineErrors.PortIn(message, published) is not (> 0 and var taken))
        {
            return EngineErrors.Failed($"Starting container '{name}'", refused);
        }

        var running = await CallAsync("Listing containers", token => _client.Containers.ListContainersAsync(new(), token), cancellationToken);
        var holder = running.FirstOrDefault(other => other.ID != container.ID && other.Ports?.Any(port => port.PublicPort == taken) == true);
        var who = holder is { Names: [var first, ..] } ? $"container '{first.TrimStart('/')}'" : "another process";
        return new PortInUseException(
            taken,
            $"Port {taken}, which container '{name}' publishes, is in use by {who}; stop that, or choose another port.",
            refused);
    }

    private async Task IfThereAsync(string what, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(what, call, cancellationToken);
        }
        catch (EngineException failed) when (failed.InnerException is DockerApiException
        {
            // Conflict: not running (kill), or its removal is already in progress.
            StatusCode: HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.NotModified
        })
        {
            LogAlreadyDone(_logger, what);
        }
    }

    [Microsoft.Extensions.Logging.LoggerMessage(Microsoft.Extensions.Logging.LogLevel.Debug, "{What}: nothing to do")]
    private static partial void LogAlreadyDone(Microsoft.Extensions.Logging.ILogger logger, string what);
}

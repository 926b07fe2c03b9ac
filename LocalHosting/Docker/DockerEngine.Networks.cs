namespace HaPgAspire.LocalHosting.Docker;

internal sealed partial class DockerEngine
{
    /// <summary>Creates a bridge network on which containers find each other by name, unless one of that name is there.</summary>
    /// <returns>The network's id.</returns>
    public async Task<string> EnsureNetworkAsync(
        string name,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellationToken)
    {
        var there = await CallAsync(
            $"Looking for network '{name}'",
            token => _client.Networks.ListNetworksAsync(new() { Filters = Filter("name", name) }, token),
            cancellationToken);

        // The engine's filter finds parts of names, too.
        if (there.FirstOrDefault(network => network.Name == name) is { } found)
        {
            return found.ID;
        }

        var created = await CallAsync(
            $"Creating network '{name}'",
            token => _client.Networks.CreateNetworkAsync(new() { Name = name, Driver = "bridge", Labels = Copy(labels) }, token),
            cancellationToken);
        return created.ID;
    }

    /// <summary>No error when it isn't there.</summary>
    /// <exception cref="EngineException">Containers are still on it.</exception>
    public async Task RemoveNetworkAsync(string nameOrId, CancellationToken cancellationToken) =>
        await IfThereAsync($"Removing network {nameOrId}", token => _client.Networks.DeleteNetworkAsync(nameOrId, token), cancellationToken);

    /// <summary>Creates a named volume, unless it is there; the labels of one that is there stay as they are.</summary>
    public async Task EnsureVolumeAsync(
        string name,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellationToken) =>
        await CallAsync(
            $"Creating volume '{name}'",
            token => _client.Volumes.CreateAsync(new() { Name = name, Labels = Copy(labels) }, token),
            cancellationToken);

    /// <summary>No error when it isn't there, nor while a container still uses it: then it stays.</summary>
    public async Task RemoveVolumeAsync(string name, CancellationToken cancellationToken) =>
        await IfThereAsync($"Removing volume {name}", token => _client.Volumes.RemoveAsync(name, null, token), cancellationToken);
}

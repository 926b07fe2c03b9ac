using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>How many leftovers were removed.</summary>
internal sealed record SweepReport(int Containers, int Networks, int Volumes)
{
    public int Total => Containers + Networks + Volumes;
}

internal sealed partial class DockerEngine
{
    /// <summary>
    /// Removes what app hosts left behind that ended without cleaning up: everything whose labels name a process of this machine
    /// that is gone. Two app hosts that sweep at once don't get in each other's way.
    /// </summary>
    /// <param name="sweeper">Who sweeps; only what belongs to its machine is judged.</param>
    public async Task<SweepReport> SweepAsync(AppHostIdentity sweeper, CancellationToken cancellationToken)
    {
        var containers = await CallAsync(
            "Listing containers",
            token => _client.Containers.ListContainersAsync(
                new() { All = true, Filters = Filter("label", AppHostIdentity.ProcessIdLabel) },
                token),
            cancellationToken);
        var networks = await CallAsync(
            "Listing networks",
            token => _client.Networks.ListNetworksAsync(new() { Filters = Filter("label", AppHostIdentity.ProcessIdLabel) }, token),
            cancellationToken);
        var volumes = (await CallAsync(
            "Listing volumes",
            token => _client.Volumes.ListAsync(new() { Filters = Filter("label", AppHostIdentity.ProcessIdLabel) }, token),
            cancellationToken)).Volumes ?? [];

        // Containers first: they hold the networks and the volumes.
        var report = new SweepReport(
            await RemoveAsync(sweeper, containers, container => container.Labels, container => RemoveContainerAsync(container.ID, cancellationToken)),
            await RemoveAsync(sweeper, networks, network => network.Labels, network => RemoveNetworkAsync(network.ID, cancellationToken)),
            await RemoveAsync(sweeper, volumes, volume => volume.Labels, volume => RemoveVolumeAsync(volume.Name, cancellationToken)));
        if (report.Total > 0)
        {
            LogSwept(_logger, report.Containers, report.Networks, report.Volumes);
        }

        return report;
    }

    private async Task<int> RemoveAsync<T>(
        AppHostIdentity sweeper, IEnumerable<T> found, Func<T, IDictionary<string, string>?> labelsOf, Func<T, Task> remove)
    {
        var leftovers = found.Where(item =>
            AppHostIdentity.FromLabels(labelsOf(item))?.IsDeadFor(sweeper, AppHostIdentity.StartOf) == true).ToList();
        var outcomes = await Task.WhenAll(leftovers.Select(async leftover =>
        {
            try
            {
                await remove(leftover);
                return true;
            }
            catch (EngineException refused)
            {
                LogNotSwept(_logger, refused.Message);
                return false;
            }
        }));
        return outcomes.Count(removed => removed);
    }

    [LoggerMessage(LogLevel.Information, "Removed what an earlier run left behind: {Containers} containers, {Networks} networks, {Volumes} volumes")]
    private static partial void LogSwept(ILogger logger, int containers, int networks, int volumes);

    [LoggerMessage(LogLevel.Warning, "Something that an earlier run left behind could not be removed: {Reason}")]
    private static partial void LogNotSwept(ILogger logger, string reason);
}

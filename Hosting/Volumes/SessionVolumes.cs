using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>
/// Removes the volumes of this run at its end, and at the start those that a killed app host left behind. Neither engine removes a named volume by itself.
/// </summary>
internal sealed partial class SessionVolumes(DistributedApplicationModel model, ContainerRuntime runtime, ILogger<SessionVolumes> logger) : IHostedService
{
    /// <summary>An engine that takes containers down by itself gives each 10 s to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private bool _started;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Removes what app hosts left behind that are certainly gone. One that is still in use stays.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        _started = true;
        string[] leftovers = [.. (await ListAsync(cancellationToken)).Where(volume => ClusterSession.Parse(volume)!.IsDead(ClusterSession.StartOf))];
        if (leftovers.Length > 0)
        {
            await runtime.TryRunAsync(["volume", "rm", "--force", .. leftovers], cancellationToken);
            LogSwept(logger, leftovers.Length);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        string[] volumes = [.. model.Resources.SelectMany(ClusterVolumes.SessionVolumes)];
        if (!_started || volumes.Length == 0)
        {
            return;
        }

        // The engine may still be taking the containers down.
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            (int exitCode, _, string error) = await runtime.TryRunAsync(["volume", "rm", "--force", .. volumes], CancellationToken.None);
            if (exitCode == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                LogLeft(logger, error.Trim());
                return;
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task<IEnumerable<string>> ListAsync(CancellationToken cancellationToken)
    {
        (int exitCode, string output, string error) = await runtime.TryRunAsync(
            ["volume", "ls", "--quiet", "--filter", $"name={ClusterSession.Prefix}"], cancellationToken);
        if (exitCode != 0)
        {
            throw new ClusterException(EngineFailure.Describe(error) ?? $"The volumes could not be listed: {error.Trim()}.");
        }

        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(volume => ClusterSession.Parse(volume) is not null);
    }

    [LoggerMessage(LogLevel.Information, "Removed {Count} volume(s) of app hosts that ended without cleaning up.")]
    private static partial void LogSwept(ILogger logger, int count);

    [LoggerMessage(LogLevel.Warning, "The volumes of this run could not all be removed; the next run does it: {Reason}")]
    private static partial void LogLeft(ILogger logger, string reason);
}

using HaPgAspire.Hosting.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.Hosting;

/// <summary>The last line of an app host with a cluster.</summary>
public static class RunClusterExtensions
{
    /// <summary>
    /// Runs the application as <c>RunAsync</c> does, or one verb of the command line, and turns what a person can put right into one sentence on standard
    /// error and a non-zero exit code.
    /// </summary>
    /// <remarks>
    /// <c>drill</c> starts the graph, waits until it is healthy, plays the drill, prints its report and stops: exit code 0 when nothing was violated. <c>faults</c>
    /// does the same with the fault suite. Without a verb, a cluster that does not become healthy within <see cref="ClusterOptions.StartupTimeout"/> ends the run.
    /// </remarks>
    /// <param name="app">The built application.</param>
    /// <param name="args">The command line.</param>
    /// <param name="cancellationToken">Stops the application.</param>
    /// <returns>The process's exit code: 0, or 1 after an error or a violation.</returns>
    public static async Task<int> RunClusterAsync(this DistributedApplication app, string[] args, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(args);
        try
        {
            if (app.Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
            {
                await PublishAsync(app, cancellationToken);
                return 0;
            }

            PatroniClusterResource[] clusters = [.. app.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<PatroniClusterResource>()];
            if (args is [DrillBuilderExtensions.Name, ..])
            {
                return await RunCommandAsync(app, clusters, DrillBuilderExtensions.Name, cancellationToken);
            }

            if (args is [FaultOptions.Verb, ..])
            {
                return await FaultVerb.RunAsync(app, clusters, FaultOptions.Parse(args[1..]), cancellationToken);
            }

            await RunAsync(app, clusters, cancellationToken);

            // 0, unless the engine carried out a verb of its own instead.
            return Environment.ExitCode;
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"error: {sentence}");
            return 1;
        }
    }

    private static async Task PublishAsync(DistributedApplication app, CancellationToken cancellationToken)
    {
        PublishOutcome? outcome = app.Services.GetService<PublishOutcome>();
        try
        {
            await app.RunAsync(cancellationToken);
        }
        catch (DistributedApplicationException) when (outcome is { HasFailed: true })
        {
            // The step's own sentence says more than what the pipeline makes of it.
        }

        outcome?.ThrowIfFailed();
    }

    private static async Task RunAsync(DistributedApplication app, IEnumerable<PatroniClusterResource> clusters, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IHostApplicationLifetime lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        Task watch = AwaitHealthyAsync(app, clusters, ended.Token);
        try
        {
            Task run = app.RunAsync(cancellationToken);
            if (await Task.WhenAny(run, watch) == watch && watch.IsFaulted)
            {
                lifetime.StopApplication();
                await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

                // A run that fails by itself takes the watch's services along; then the reason is the run's, not what the watch makes of it.
                await (watch.Exception.InnerException is ClusterException ? watch : run);
                await watch;
            }

            await run;
        }
        finally
        {
            await ended.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<int> RunCommandAsync(
        DistributedApplication app, PatroniClusterResource[] clusters, string command, CancellationToken cancellationToken)
    {
        bool success = clusters.Length > 0;
        var reports = new List<string?>();
        await using (app)
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
                cancellationToken, app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
            try
            {
                await StartAsync(app, clusters, stopping);
                foreach (PatroniClusterResource cluster in clusters)
                {
                    ExecuteCommandResult result = await app.ResourceCommands.ExecuteCommandAsync(cluster, command, stopping.Token);
                    success &= result.Success;
                    reports.Add(result.Data?.Value ?? result.Message);
                }
            }
            finally
            {
                await app.StopAsync(CancellationToken.None);
            }
        }

        // Printed last: until here the terminal shows the resources.
        foreach (string? report in reports)
        {
            await Console.Out.WriteLineAsync(report);
        }

        return success ? 0 : 1;
    }

    // The start itself may wait for what never becomes healthy, so it is watched from its beginning.
    internal static async Task StartAsync(DistributedApplication app, PatroniClusterResource[] clusters, CancellationTokenSource stopping)
    {
        Task watch = AwaitHealthyAsync(app, clusters, stopping.Token);
        Task start = app.StartAsync(stopping.Token);
        if (await Task.WhenAny(start, watch) == watch && watch.IsFaulted)
        {
            await stopping.CancelAsync();
            await start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            await start;
        }

        await watch;
    }

    private static Task AwaitHealthyAsync(DistributedApplication app, IEnumerable<PatroniClusterResource> clusters, CancellationToken cancellationToken) => Task.WhenAll(
        clusters.Select(cluster => new StartupWatch(
            cluster, app.ResourceNotifications, app.Services.GetRequiredService<ResourceLoggerService>()).AwaitHealthyAsync(cancellationToken)));

    // The hosting API wraps what its event handlers throw; the sentence is inside.
    private static string? Sentence(Exception e) => e switch
    {
        ClusterException or DistributedApplicationException => e.Message,
        AggregateException aggregate => aggregate.Flatten().InnerExceptions.Select(Sentence).FirstOrDefault(sentence => sentence is not null),
        { InnerException: { } inner } => Sentence(inner),
        _ => null,
    };
}

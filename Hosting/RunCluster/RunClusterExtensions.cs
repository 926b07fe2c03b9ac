using System.Net.Sockets;
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
    /// <returns>
    /// The process's exit code: 0, or 1 after an error or a violation. 130 (Ctrl-C) or 143 (SIGTERM), 128 and the signal's number as shells have it, when that
    /// interrupted the start or a verb; nothing is left of what was started.
    /// </returns>
    public static async Task<int> RunClusterAsync(this DistributedApplication app, string[] args, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(args);
        using var signals = new StopSignals(cancellationToken);
        try
        {
            if (Misplaced(args, typeof(DistributedApplication).Namespace) is { } advice)
            {
                throw new ClusterException(advice);
            }

            if (app.Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
            {
                await PublishAsync(app, signals.Token);
                return 0;
            }

            PatroniClusterResource[] clusters = [.. app.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<PatroniClusterResource>()];
            if (args is [DrillBuilderExtensions.Name, ..])
            {
                return await RunCommandAsync(app, clusters, DrillBuilderExtensions.Name, signals.Token);
            }

            if (args is [FaultOptions.Verb, ..])
            {
                return await FaultVerb.RunAsync(app, clusters, FaultOptions.Parse(args[1..]), signals.Token);
            }

            await RunAsync(app, clusters, signals.Token);

            // 0, unless the engine carried out a verb of its own instead.
            return signals.ExitCode is { } interrupted && !HasStarted(app) ? interrupted : Environment.ExitCode;
        }
#pragma warning disable CA1031 // Whatever an interrupted start or verb throws comes of the interruption.
        catch (Exception e) when (signals.ExitCode is not null && (e is OperationCanceledException || !HasStarted(app)))
#pragma warning restore CA1031
        {
            return signals.ExitCode.Value;
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"error: {sentence}");
            return 1;
        }
    }

    /// <summary>What to do instead of giving one of the Aspire command line's verbs to an app host on Aspire, which would start another cluster; null otherwise.</summary>
    internal static string? Misplaced(string[] args, string? engine) => engine == "Aspire.Hosting" && args is ["resource" or "describe" or "logs" or "ps" or "stop", ..]
        ? $"`{args[0]}` is a verb of the Aspire command line: `aspire {string.Join(' ', args)}`."
        : null;

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
        IHostApplicationLifetime lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
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
            if (!HasStarted(app))
            {
                // A start that did not get to its end is not stopped by the run itself.
                await app.StopAsync(CancellationToken.None);
            }
        }
    }

    private static bool HasStarted(DistributedApplication app) => app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.IsCancellationRequested;

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

    /// <summary>What a person can put right of an error, in one sentence; null where nobody at the terminal can.</summary>
    // The hosting API wraps what its event handlers throw; the sentence is inside.
    internal static string? Sentence(Exception e) => e switch
    {
        ClusterException or DistributedApplicationException => e.Message,
        // Of a web server in the app host, such as the one that Aspire's dashboard asks; its message names the address.
        IOException when IsAddressInUse(e) => $"{e.Message.TrimEnd('.')}; end what listens there, which may be another app host.",
        // Aspire's dashboard without a launch profile and without a developer certificate. The rest of the message is lines of advice for a web server.
        InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } =>
            $"{e.Message.Split('\n')[0].TrimEnd()} Start the app host with `dotnet run`, whose launch profile needs none, or give the machine a certificate with `dotnet dev-certs https`.",
        AggregateException aggregate => aggregate.Flatten().InnerExceptions.Select(Sentence).FirstOrDefault(sentence => sentence is not null),
        { InnerException: { } inner } => Sentence(inner),
        _ => null,
    };

    private static bool IsAddressInUse(Exception e) =>
        e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || (e.InnerException is { } inner && IsAddressInUse(inner));
}

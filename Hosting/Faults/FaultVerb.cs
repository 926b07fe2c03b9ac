using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.Hosting;

/// <summary>The verb <c>faults</c>: runs cases in this app host, and in app hosts of their own where they need another profile or another graph.</summary>
internal static class FaultVerb
{
    /// <summary>Runs what the options ask for, prints the report and writes its files.</summary>
    /// <returns>The exit code: 0 when nothing was violated.</returns>
    /// <exception cref="ClusterException">An app host could not be started, or the graph lacks what the suite needs.</exception>
    public static async Task<int> RunAsync(DistributedApplication app, PatroniClusterResource[] clusters, FaultOptions options, CancellationToken cancellationToken)
    {
        await using (app)
        {
            if (options.List)
            {
                await Console.Out.WriteLineAsync(List());
                return 0;
            }

            if (clusters is not [var cluster])
            {
                throw new ClusterException($"`{FaultOptions.Verb}` needs an app host with one cluster; this one has {clusters.Length}.");
            }

            IReadOnlyList<FaultCase> cases = options.Select(FaultCases.All);
            var outcomes = new List<FaultOutcome>();
            bool interrupted = false;
            try
            {
                foreach (ClusterProfile profile in options.Profiles.DefaultIfEmpty(cluster.Options.Profile).Distinct())
                {
                    foreach (IGrouping<string, FaultCase> group in cases.GroupBy(one => options.Here ? string.Empty : one.Surroundings))
                    {
                        FaultCase[] together = [.. group];
                        await (profile == cluster.Options.Profile && group.Key.Length == 0
                            ? RunHereAsync(app, cluster, together, options, outcomes, cancellationToken)
                            : RunElsewhereAsync(together, profile, options, outcomes, cancellationToken));
                    }
                }
            }
            catch (OperationCanceledException)
            {
                interrupted = true;
            }

            var report = new FaultReport(outcomes);
            await Console.Out.WriteLineAsync(report.ToString());
            await Console.Out.WriteLineAsync($"{(interrupted ? "Interrupted. " : string.Empty)}Written to {Path.GetFullPath(options.Output)}: report.md, report.svg, report.json.");
            return report.Passed && !interrupted ? 0 : 1;
        }
    }

    private static string List()
    {
        int width = FaultCases.All.Max(one => one.Name.Length);
        IEnumerable<string> lines = FaultCases.All.GroupBy(one => one.Family).SelectMany(family => family
            .Select(one => $"  {one.Name.PadRight(width)}  {one.Title}{(one.Surroundings.Length == 0 ? string.Empty : $" ({one.Surroundings})")}")
            .Prepend(family.Key.ToString()));
        return string.Join(Environment.NewLine, lines);
    }

    private static async Task RunHereAsync(
        DistributedApplication app, PatroniClusterResource cluster, FaultCase[] cases, FaultOptions options, List<FaultOutcome> outcomes, CancellationToken cancellationToken)
    {
        using FaultStage stage = FaultStage.Create(cluster, app.Services);

        // A ledger of its own: a probe that cannot ask its cluster yet goes on with the one that was used last, which may be another cluster's.
        DirectoryInfo ledger = Directory.CreateTempSubdirectory("hapgaspire-faults-ledger-");
        stage.Probe.Resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            context.EnvironmentVariables["Probe__WriteRate"] = options.Rate.ToString(CultureInfo.InvariantCulture);
            context.EnvironmentVariables["Probe__LedgerDirectory"] = ledger.FullName;
        }));
        int volumeSize = options.Here ? cases.Max(one => one.VolumeSizeMb) : 0;
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            if (volumeSize > 0)
            {
                await stage.LimitVolumesAsync(volumeSize, stopping.Token);
            }

            await RunClusterExtensions.StartAsync(app, [cluster], stopping);
            await foreach (FaultOutcome outcome in new FaultSuite(stage).RunAsync(cases, options.Runs, stopping.Token))
            {
                // Written after each run, so that one that is interrupted has a report.
                outcomes.Add(outcome);
                await new FaultReport(outcomes).WriteAsync(options.Output, stopping.Token);
            }
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
            ledger.Delete(recursive: true);
        }
    }

    private static async Task RunElsewhereAsync(
        FaultCase[] cases, ClusterProfile profile, FaultOptions options, List<FaultOutcome> outcomes, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(options.Output, string.Create(CultureInfo.InvariantCulture, $"{profile}-{cases[0].Name}"));
        outcomes.AddRange((await FaultProcess.RunAsync(cases, profile, options, folder, cancellationToken)).Outcomes);
        await new FaultReport(outcomes).WriteAsync(options.Output, cancellationToken);
    }
}

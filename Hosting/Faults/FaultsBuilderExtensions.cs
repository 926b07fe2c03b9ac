namespace HaPgAspire.Hosting;

internal static class FaultsBuilderExtensions
{
    /// <summary>The command's arguments.</summary>
    private const string Cases = "cases";

    private const string Runs = "runs";

    /// <summary>Registers the fault suite as a command of the cluster, for those cases that need no other graph than the one that runs.</summary>
    public static IResourceBuilder<PatroniClusterResource> WithFaults(this IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        return builder.WithCommand(FaultOptions.Verb, "Run faults", context => ClusterCommands.SentenceAsync(() => RunAsync(cluster, context)), new CommandOptions
        {
            Description = "Breaks the cluster in the ways that are asked for, lets it heal, and has the probe judge whether a write was lost.",
            ConfirmationMessage = $"Break {cluster.Name} on purpose? Writes wait during each fault, and a fault that the cluster does not survive may lose data.",
            IconName = "BugLightning",
            Arguments =
            [
                new InteractionInput
                {
                    Name = Cases,
                    InputType = InputType.Text,
                    Label = "Cases",
                    Required = true,
                    Description = "Names of cases or families, separated by spaces; * at the end stands for the rest of a name.",
                },
                new InteractionInput { Name = Runs, InputType = InputType.Number, Label = "Runs", Value = "1", Description = "How often each case is run." },
            ],
        });
    }

    private static async Task<ExecuteCommandResult> RunAsync(PatroniClusterResource cluster, ExecuteCommandContext context)
    {
        string[] names = (context.Arguments.GetString(Cases) ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string runs = context.Arguments.GetString(Runs) is { Length: > 0 } given ? given : "1";
        FaultOptions options = FaultOptions.Parse([.. names, "--runs", runs]);
        FaultCase[] cases = [.. options.Select(FaultCases.All)];
        if (cases.FirstOrDefault(one => one.Surroundings.Length > 0) is { } other)
        {
            throw new ClusterException(
                $"Case {other.Name} needs an app host with {other.Surroundings}: run it with `dotnet run --project AppHost -- {FaultOptions.Verb} {other.Name}`.");
        }

        using FaultStage stage = FaultStage.Create(cluster, context.Services);
        var outcomes = new List<FaultOutcome>();
        await foreach (FaultOutcome outcome in new FaultSuite(stage).RunAsync(cases, options.Runs, context.CancellationToken))
        {
            outcomes.Add(outcome);
        }

        var report = new FaultReport(outcomes);
        return report.Passed ? CommandResults.Success(report.Verdict, report.ToString()) : CommandResults.Failure(report.Verdict, report.ToString());
    }
}

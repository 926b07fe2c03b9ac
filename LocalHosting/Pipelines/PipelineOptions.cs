using Microsoft.Extensions.Configuration;

namespace HaPgAspire.LocalHosting.Pipelines;

/// <summary>What the command line asks of the pipeline; configuration section <c>Pipeline</c>.</summary>
public class PipelineOptions
{
    /// <summary>Null: the application's own choice, or <c>aspire-output</c> beside the app host's project.</summary>
    public string? OutputPath { get; set; }

    /// <summary>The step to run with all it depends on; null: <c>publish</c>.</summary>
    public string? Step { get; set; }
}

/// <summary>What of the command line concerns the operation.</summary>
internal static class OperationArguments
{
    public const string ManifestStep = "publish-manifest";

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--step"] = "Pipeline:Step",
        ["--output-path"] = "Pipeline:OutputPath",
    };

    /// <summary>Adds the command line to the configuration, and what follows from <c>--publisher manifest</c>.</summary>
    /// <exception cref="DistributedApplicationException">The operation is unknown.</exception>
    public static DistributedApplicationExecutionContextOptions Apply(ConfigurationManager configuration, string[] arguments)
    {
        configuration.AddCommandLine(arguments, Switches);
        var publisher = configuration["Publishing:Publisher"];
        if (string.Equals(publisher, "manifest", StringComparison.OrdinalIgnoreCase))
        {
            configuration["Pipeline:Step"] ??= ManifestStep;
        }

        return configuration["AppHost:Operation"]?.ToLowerInvariant() switch
        {
            null => publisher is null
                ? new DistributedApplicationExecutionContextOptions(DistributedApplicationOperation.Run)
                : new DistributedApplicationExecutionContextOptions(DistributedApplicationOperation.Publish, publisher),
            "run" => new DistributedApplicationExecutionContextOptions(DistributedApplicationOperation.Run),
            "publish" => new DistributedApplicationExecutionContextOptions(DistributedApplicationOperation.Publish, publisher ?? "manifest"),
            var operation => throw new DistributedApplicationException($"Invalid operation '{operation}'; there are 'run' and 'publish'."),
        };
    }
}

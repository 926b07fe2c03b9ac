using System.Text.Json;
using HaPgAspire.LocalHosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HaPgAspire.LocalHosting.Publishing;

/// <summary>The step <c>publish-manifest</c>.</summary>
internal static class ManifestStep
{
    /// <exception cref="DistributedApplicationException">No output path was given.</exception>
    public static async Task RunAsync(PipelineStepContext context)
    {
        var output = context.Services.GetRequiredService<IOptions<PipelineOptions>>().Value.OutputPath
            ?? throw new DistributedApplicationException("The '--output-path [path]' option was not specified even though '--publisher manifest' argument was used.");
        var path = Path.GetFullPath(output.EndsWith(".json", StringComparison.Ordinal) ? output : Path.Combine(output, "aspire-manifest.json"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var file = File.Create(path);
        await using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        await new ManifestPublishingContext(context.ExecutionContext, path, writer, context.CancellationToken).WriteModelAsync(context.Model);
        await context.ReportingStep.CompleteAsync($"Published manifest to: {path}", cancellationToken: context.CancellationToken);
    }
}

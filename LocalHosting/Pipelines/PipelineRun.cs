using HaPgAspire.LocalHosting.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HaPgAspire.LocalHosting.Pipelines;

/// <summary>Runs the steps that were asked for, each after those it depends on.</summary>
internal static class PipelineRun
{
    private static readonly (string Name, string[] DependsOn)[] Milestones =
    [
        (WellKnownPipelineSteps.ProcessParameters, []),
        (WellKnownPipelineSteps.BeforeStart, []),
        (WellKnownPipelineSteps.BuildPrereq, [WellKnownPipelineSteps.ProcessParameters]),
        (WellKnownPipelineSteps.Build, [WellKnownPipelineSteps.BuildPrereq]),
        (WellKnownPipelineSteps.PublishPrereq, [WellKnownPipelineSteps.ProcessParameters]),
        (WellKnownPipelineSteps.Publish, [WellKnownPipelineSteps.PublishPrereq]),
        (WellKnownPipelineSteps.DeployPrereq, [WellKnownPipelineSteps.ProcessParameters]),
        (WellKnownPipelineSteps.Deploy, [WellKnownPipelineSteps.DeployPrereq]),
    ];

    /// <exception cref="DistributedApplicationException">A step is unknown, or steps depend on each other in a circle.</exception>
    public static async Task ExecuteAsync(IEnumerable<PipelineStep> added, PipelineContext context)
    {
        var steps = await CollectAsync(added, context);
        var requested = context.Services.GetRequiredService<IOptions<PipelineOptions>>().Value.Step ?? WellKnownPipelineSteps.Publish;
        foreach (var step in InOrder(steps, requested))
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            await using var reporting = new ConsoleReportingStep(step.Name);
            await step.Action(new PipelineStepContext { PipelineContext = context, ReportingStep = reporting });
        }
    }

    /// <summary>The step and all it depends on, dependencies first.</summary>
    internal static IReadOnlyList<PipelineStep> InOrder(IReadOnlyDictionary<string, PipelineStep> steps, string requested)
    {
        List<PipelineStep> ordered = [];
        Dictionary<string, bool> visited = [];
        Visit(requested, by: null);
        return ordered;

        void Visit(string name, string? by)
        {
            if (!steps.TryGetValue(name, out var step))
            {
                var wanted = by is null ? string.Empty : $", which step '{by}' depends on,";
                throw new DistributedApplicationException($"Step '{name}'{wanted} does not exist; there are: {string.Join(", ", steps.Keys.Order(StringComparer.Ordinal))}.");
            }

            if (visited.TryGetValue(name, out var done))
            {
                if (!done)
                {
                    throw new DistributedApplicationException($"Step '{name}' depends on itself.");
                }

                return;
            }

            visited[name] = false;
            foreach (var dependency in step.DependsOnSteps)
            {
                Visit(dependency, name);
            }

            visited[name] = true;
            ordered.Add(step);
        }
    }

    private static PipelineStep Manifest() => new() { Name = OperationArguments.ManifestStep, Action = ManifestStep.RunAsync };

    private static async Task<IReadOnlyDictionary<string, PipelineStep>> CollectAsync(IEnumerable<PipelineStep> added, PipelineContext context)
    {
        List<PipelineStep> all = [.. Milestones.Select(w => new PipelineStep { Name = w.Name, DependsOnSteps = [.. w.DependsOn], Action = _ => Task.CompletedTask }), Manifest(), .. added];
        foreach (var resource in context.Model.Resources)
        {
            foreach (var factory in resource.Annotations.OfType<PipelineStepAnnotation>())
            {
                foreach (var step in await factory.CreateStepsAsync(new PipelineStepFactoryContext { PipelineContext = context, Resource = resource }))
                {
                    step.Resource ??= resource;
                    all.Add(step);
                }
            }
        }

        var steps = new Dictionary<string, PipelineStep>(StringComparer.Ordinal);
        foreach (var step in all)
        {
            if (!steps.TryAdd(step.Name, step))
            {
                throw new DistributedApplicationException($"Two steps have the name '{step.Name}'.");
            }
        }

        foreach (var step in all)
        {
            foreach (var later in step.RequiredBySteps)
            {
                if (!steps.TryGetValue(later, out var dependent))
                {
                    throw new DistributedApplicationException($"Step '{step.Name}' is required by unknown step '{later}'.");
                }

                dependent.DependsOn(step.Name);
            }
        }

        return steps;
    }
}

/// <summary>Tells on the console how a step is going.</summary>
internal sealed class ConsoleReportingStep(string name) : IReportingStep
{
    public void Log(LogLevel logLevel, string message) => Console.Out.WriteLine($"{name}: {message}");

    public async Task CompleteAsync(string completionText, CompletionState completionState = CompletionState.Completed, CancellationToken cancellationToken = default) =>
        await Console.Out.WriteLineAsync($"{name}: {completionText}".AsMemory(), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

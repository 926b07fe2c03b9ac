namespace HaPgAspire.LocalHosting.Pipelines;

/// <inheritdoc/>
internal sealed class DistributedApplicationPipeline : IDistributedApplicationPipeline
{
    private readonly List<PipelineStep> _steps = [];

    public void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null) =>
        AddStep(new PipelineStep { Name = name, Action = action, DependsOnSteps = Names(dependsOn), RequiredBySteps = Names(requiredBy) });

    public void AddStep(PipelineStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (_steps.Any(s => s.Name == step.Name))
        {
            throw new InvalidOperationException($"A step with the name '{step.Name}' has already been added to the pipeline.");
        }

        _steps.Add(step);
    }

    public Task ExecuteAsync(PipelineContext context) => PipelineRun.ExecuteAsync(_steps, context);

    private static List<string> Names(object? names) => names switch
    {
        null => [],
        string name => [name],
        IEnumerable<string> several => [.. several],
        _ => throw new ArgumentException("Expected a step name or a sequence of step names.", nameof(names)),
    };
}

namespace HaPgAspire.LocalHosting.Pipelines;

/// <summary>The steps of publishing.</summary>
public interface IDistributedApplicationPipeline
{
    /// <param name="name">Unique in the pipeline.</param>
    /// <param name="action">What the step does.</param>
    /// <param name="dependsOn">A step name, or several, that come before.</param>
    /// <param name="requiredBy">A step name, or several, that come after.</param>
    void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null);

    void AddStep(PipelineStep step);

    Task ExecuteAsync(PipelineContext context);
}

/// <summary>The steps every pipeline has.</summary>
public static class WellKnownPipelineSteps
{
    public const string BeforeStart = "before-start";

    public const string Build = "build";

    public const string BuildPrereq = "build-prereq";

    public const string Deploy = "deploy";

    public const string DeployPrereq = "deploy-prereq";

    public const string ProcessParameters = "process-parameters";

    public const string Publish = "publish";

    public const string PublishPrereq = "publish-prereq";
}

/// <summary>Where publishing writes to.</summary>
public interface IPipelineOutputService
{
    string GetOutputDirectory();

    string GetOutputDirectory(ApplicationModel.IResource resource);

    string GetTempDirectory();

    string GetTempDirectory(ApplicationModel.IResource resource);
}

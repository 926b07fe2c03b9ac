using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Eventing;
using HaPgAspire.LocalHosting.Publishing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Pipelines;

/// <summary>In publish mode: runs the pipeline instead of the application, and ends.</summary>
internal sealed class PipelineExecutor(
    IServiceProvider services,
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    IDistributedApplicationEventing eventing,
    IDistributedApplicationPipeline pipeline,
    IHostApplicationLifetime lifetime,
    ILogger<PipelineExecutor> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!executionContext.IsPublishMode)
        {
            return;
        }

        try
        {
            await eventing.PublishAsync(new BeforePublishEvent(services, model), cancellationToken);
            await pipeline.ExecuteAsync(new PipelineContext(model, executionContext, services, logger, cancellationToken));
            await eventing.PublishAsync(new AfterPublishEvent(services, model), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not DistributedApplicationException)
        {
            throw new DistributedApplicationException($"Pipeline execution failed: {exception.Message}", exception);
        }

        lifetime.StopApplication();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using System.Reflection;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Eventing;
using HaPgAspire.LocalHosting.Pipelines;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.LocalHosting.Testing;

/// <inheritdoc/>
internal sealed class TestingBuilder(DistributedApplicationBuilder inner, TestingSession? session) : IDistributedApplicationTestingBuilder
{
    private DistributedApplication? _application;

    public ConfigurationManager Configuration => inner.Configuration;

    public string AppHostDirectory => inner.AppHostDirectory;

    public Assembly? AppHostAssembly => inner.AppHostAssembly;

    public IHostEnvironment Environment => inner.Environment;

    public IServiceCollection Services => inner.Services;

    public IDistributedApplicationEventing Eventing => inner.Eventing;

    public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

    public IResourceCollection Resources => inner.Resources;

    public IDistributedApplicationPipeline Pipeline => inner.Pipeline;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource => inner.AddResource(resource);

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => inner.CreateResourceBuilder(resource);

    /// <summary>Blocks while an entry point builds its application; <see cref="BuildAsync"/> doesn't.</summary>
    public DistributedApplication Build() => session is null ? _application = inner.Build() : BuildAsync().GetAwaiter().GetResult();

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default)
    {
        if (session is null)
        {
            return Build();
        }

        session.AllowBuild();
        var built = await session.Application.WaitAsync(cancellationToken);
        return _application = new TestedApplication(built, session);
    }

    public void Dispose()
    {
        session?.Dispose();
        _application?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        session?.Dispose();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }
}

/// <summary>The entry point's application, started and stopped by the test.</summary>
internal sealed class TestedApplication(DistributedApplication inner, TestingSession session) : DistributedApplication(inner)
{
    public override async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await base.StartAsync(cancellationToken);
        session.Started();
    }

    public override async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await base.StopAsync(cancellationToken);
        await LeaveEntryPointAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await LeaveEntryPointAsync();
        session.Dispose();
    }

    private async Task LeaveEntryPointAsync()
    {
        session.Stopped();
        await session.EntryPoint;
    }
}

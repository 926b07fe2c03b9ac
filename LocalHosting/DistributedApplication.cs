using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Running;
using HaPgAspire.LocalHosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.LocalHosting;

/// <summary>An application that can be run.</summary>
public class DistributedApplication(IHost host) : IHost, IAsyncDisposable
{
    private readonly IHost _host = host ?? throw new ArgumentNullException(nameof(host));

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return new DistributedApplicationBuilder(args);
    }

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new DistributedApplicationBuilder(options);
    }

    /// <summary>Blocks: the last statement of an app host whose entry point is not asynchronous.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>
    /// Starts the application and returns when it was told to stop and has stopped. A command line that begins with a verb of the
    /// Aspire command line (<c>resource</c>, <c>describe</c>, <c>logs</c>, <c>ps</c>, <c>stop</c>) is carried out by the app host that
    /// runs already; its outcome is <see cref="Environment.ExitCode"/>.
    /// </summary>
    public virtual Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (TestingSession.Current is { } session)
        {
            return session.WaitUntilStoppedAsync(cancellationToken);
        }

        return SecondTerminal.IsAsked(Services) ? SecondTerminal.RunAsync(Services, cancellationToken) : RunHostAsync(cancellationToken);
    }

    public virtual Task StartAsync(CancellationToken cancellationToken = default) =>
        TestingSession.Current is { } session ? session.WaitUntilStartedAsync(cancellationToken) : _host.StartAsync(cancellationToken);

    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    private async Task RunHostAsync(CancellationToken cancellationToken)
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        try
        {
            await _host.StartAsync(cancellationToken);
            await _host.WaitForShutdownAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop while it was starting.
        }
        finally
        {
            if (!lifetime.ApplicationStarted.IsCancellationRequested)
            {
                // The host stops by itself only what has started.
                await _host.StopAsync(CancellationToken.None);
            }
        }
    }

    public virtual void Dispose()
    {
        _host.Dispose();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            _host.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}

using System.Diagnostics;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Terminal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Shows the run on the terminal, and opens the control channel for a second one.</summary>
internal sealed partial class RunDisplay(
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    DistributedApplicationOptions options,
    ResourceNotificationService notifications,
    TelemetryCollector telemetry,
    DisplayOutput output,
    IConfiguration configuration,
    LocalControlTarget target,
    ILogger<RunDisplay> logger) : IHostedLifecycleService, IAsyncDisposable
{
    /// <summary>The command by which a resource shows its connection string in full.</summary>
    private const string RevealCommand = "connection-string";

    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly CancellationTokenSource _lifetime = new();
    private Task _showing = Task.CompletedTask;
    private ControlServer? _control;
    private bool _disposed;

    private string AppHostDirectory => configuration["AppHost:Directory"]!;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (executionContext.IsRunMode && !options.IsTest)
        {
            // A verb of the application itself, such as a drill, has output of its own.
            var display = ResourceDisplay.Create(plain: options.Args is [var first, ..] && !first.StartsWith('-'));
            output.Open(display);
            _showing = Task.WhenAll(ShowAsync(display), ShowReadyAsync(display));
            _control = OpenControl();
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        output.Display?.Stopping();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Everything else has stopped.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        if (_control is { } control)
        {
            await control.DisposeAsync();
        }

        await _lifetime.CancelAsync();
        await _showing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await output.CloseAsync();
        _lifetime.Dispose();
    }

    private ControlServer? OpenControl()
    {
        try
        {
            return ControlServer.Start(target, new AppHostInfo(AppHostDirectory, Environment.ProcessId, DateTimeOffset.UtcNow), logger);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException or UnauthorizedAccessException)
        {
            LogNoControl(logger, exception.Message);
            return null;
        }
    }

    private async Task ShowAsync(IResourceDisplay display)
    {
        await foreach (var @event in notifications.WatchAsync(_lifetime.Token))
        {
            display.Update(ResourceRows.From(@event));
        }
    }

    /// <summary>Tells how to connect once everything that was started is healthy.</summary>
    private async Task ShowReadyAsync(IResourceDisplay display)
    {
        var pending = model.Resources.Where(r => r.HasInstance() && !r.HasAnnotationOfType<ExplicitStartupAnnotation>()).Select(r => r.Name).ToHashSet(Comparers.ResourceName);
        await foreach (var @event in notifications.WatchAsync(_lifetime.Token))
        {
            if (@event.Snapshot.HealthStatus == HealthStatus.Healthy && pending.Remove(@event.Resource.Name) && pending.Count == 0)
            {
                break;
            }
        }

        var pages = model.Resources.OfType<ProjectResource>().SelectMany(p => p.GetEndpoints()).Where(e => e.IsAllocated && (e.IsHttp || e.IsHttps)).Select(e => $"{e.Resource.Name} {e.Url}");
        display.Notice(await telemetry.DescribeAsync(pages, _lifetime.Token));
        display.Ready(await ConnectionsAsync(), _elapsed.Elapsed);
    }

    /// <summary>The connection strings that applications were given; all, when none was.</summary>
    private async Task<IReadOnlyList<ConnectionRow>> ConnectionsAsync()
    {
        var all = model.Resources.OfType<IResourceWithConnectionString>().ToArray();
        var given = model.Resources.OfType<ProjectResource>()
            .SelectMany(p => p.Annotations.OfType<ResourceRelationshipAnnotation>())
            .Where(a => a.Type == KnownRelationshipTypes.Reference)
            .Select(a => a.Resource)
            .OfType<IResourceWithConnectionString>()
            .Distinct()
            .ToArray();
        List<ConnectionRow> rows = [];
        foreach (var resource in given.Length > 0 ? given : all)
        {
            if (await resource.GetConnectionStringAsync(_lifetime.Token) is { Length: > 0 } connectionString)
            {
                rows.Add(new ConnectionRow(resource.Name, TerminalText.MaskPassword(connectionString), HowToReveal()));
            }
        }

        return rows;
    }

    private string HowToReveal()
    {
        var command = $"dotnet run --project {Path.GetFileName(AppHostDirectory)} --";
        return model.Resources.FirstOrDefault(r => r.Annotations.OfType<ResourceCommandAnnotation>().Any(c => c.Name == RevealCommand)) is { } resource
            ? $"With the passwords, from a second terminal: {command} resource {resource.Name} {RevealCommand}"
            : $"The passwords are among the app host's user secrets: dotnet user-secrets list --project {Path.GetFileName(AppHostDirectory)}";
    }

    [LoggerMessage(LogLevel.Warning, "No second terminal can steer this run: {Reason}")]
    private static partial void LogNoControl(ILogger logger, string reason);
}

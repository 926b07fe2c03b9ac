using System.Collections.Concurrent;
using HaPgAspire.Probe.Api;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.ProbeTests.Page;

/// <summary>The page and its API on a real server on loopback, in front of a scripted probe.</summary>
public sealed class PageHost : IAsyncDisposable
{
    /// <summary>The action token of a host that has one.</summary>
    public const string Token = "b7n2-only-for-tests-4qk9";

    private readonly WebApplication _app;

    private PageHost(WebApplication app, ScriptedProbe probe, LogLines log)
    {
        _app = app;
        Probe = probe;
        Log = log;
        var server = app.Services.GetRequiredService<IServer>();
        Address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public ScriptedProbe Probe { get; }

    public LogLines Log { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<PageHost> StartAsync(
        CancellationToken cancellationToken, ScriptedProbe? probe = null, string? token = null, int port = 0, Action<IServiceCollection>? services = null)
    {
        probe ??= Scene.Probe();
        var log = new LogLines();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log).AddFilter<LogLines>((_, _) => true);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddSingleton(new ProbeOptions { ActionToken = token });
        builder.Services.AddSingleton<IProbeState>(probe);
        builder.Services.AddSingleton<IProbeActions>(probe);
        builder.AddProbePage();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapProbePage();
        await app.StartAsync(cancellationToken);
        return new PageHost(app, probe, log);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>Stops serving; the probe behind it goes on.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <summary>Everything that was logged, at every level.</summary>
    public sealed class LogLines : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => new Line(categoryName, _lines);

        public void Dispose()
        {
        }

        private sealed class Line(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
        }
    }
}

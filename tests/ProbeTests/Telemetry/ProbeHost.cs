using HaPgAspire.Probe.Engine;
using HaPgAspire.Probe.Model;
using HaPgAspire.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>The probe's own host with its own services; only the database is one in memory.</summary>
internal sealed class ProbeHost : IAsyncDisposable
{
    public const string Password = "hunter2-never-shown";

    public const string StatisticsPassword = $"{Password}-5";

    /// <summary>The setting that keeps the probe's own access to the database.</summary>
    public const string RealDatabase = "RealDatabase";

    private readonly WebApplication _app;
    private readonly DirectoryInfo _ledger = Directory.CreateTempSubdirectory("hapg-host-");

    private ProbeHost(string components, string receiver, string protocol, string[] more)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
            ["ConnectionStrings:appdb"] = $"Host=127.0.0.1;Port=1;Username=app;Password={Password}-1;Database=appdb",
            ["ConnectionStrings:postgres"] = $"Host=127.0.0.1:1,127.0.0.1:2;Username=app;Password={Password}-2;Database=appdb",
            ["POSTGRES_MEMBERS"] = $"one={components}",
            ["POSTGRES_ETCD"] = components,
            ["POSTGRES_HAPROXY"] = components,
            ["POSTGRES_STATISTICSUSERNAME"] = "statistics",
            ["POSTGRES_STATISTICSPASSWORD"] = StatisticsPassword,
            ["POSTGRES_RESTUSERNAME"] = "rest",
            ["POSTGRES_RESTPASSWORD"] = $"{Password}-3",
            ["Probe:ActionToken"] = $"{Password}-4",
            ["Probe:WriteRate"] = "100",
            ["Probe:ScrapeInterval"] = "00:00:01",
            ["Probe:LedgerDirectory"] = _ledger.FullName,
        });
        builder.Configuration.AddCommandLine(more);
        builder.AddServiceDefaults();
        builder.AddProbe();
        builder.Services.AddSingleton<BreakableAccess>();
        if (!builder.Configuration.GetValue<bool>(RealDatabase))
        {
            builder.Services.AddSingleton<IClusterAccess>(services => services.GetRequiredService<BreakableAccess>());
        }

        _app = builder.Build();
        _app.MapDefaultEndpoints();
    }

    public BreakableAccess Access => _app.Services.GetRequiredService<BreakableAccess>();

    public IProbeState State => _app.Services.GetRequiredService<IProbeState>();

    public string Address => _app.Urls.First();

    public static async Task<ProbeHost> StartAsync(
        FakeComponents components, string receiver, string protocol, CancellationToken cancellationToken, params string[] more)
    {
        var host = new ProbeHost(components.Address, receiver, protocol, more);
        await host._app.StartAsync(cancellationToken);
        await host.UntilAsync(status => status.Routes.Any(route => route.Counters.Acknowledged > 0), cancellationToken);
        return host;
    }

    /// <summary>Waits until the probe's state is so.</summary>
    public async Task<ProbeStatus> UntilAsync(Func<ProbeStatus, bool> isSo, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await foreach (var _ in State.ChangesAsync(limit.Token))
        {
            if (State.Current is var status && isSo(status))
            {
                return status;
            }
        }

        throw new OperationCanceledException(limit.Token);
    }

    /// <summary>Breaks the front door until an outage is open, mends it, and waits until it has been explained.</summary>
    public async Task<Outage> HaveOutageAsync(CancellationToken cancellationToken)
    {
        var before = State.Current.Outages.Count;
        Access.IsBroken = true;
        await UntilAsync(status => status.Outages.Count > before && status.Routes[0].WriteState == Availability.Down, cancellationToken);
        Access.IsBroken = false;
        var after = await UntilAsync(status => status.Outages.Any(outage => outage.TraceId is not null), cancellationToken);
        return after.Outages.First(outage => outage.TraceId is not null);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _ledger.Delete(recursive: true);
    }
}

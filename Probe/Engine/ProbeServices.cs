using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using Npgsql;
using OpenTelemetry.Metrics;

namespace HaPgAspire.Probe.Engine;

/// <summary>Registers the probe's parts.</summary>
internal static class ProbeServices
{
    // Npgsql's own meter and activity source.
    private const string Npgsql = "Npgsql";

    /// <summary>Adds everything that measures; what shows it comes on top.</summary>
    /// <exception cref="SettingsException">A setting is missing or out of bounds.</exception>
    public static void AddProbe(this WebApplicationBuilder builder)
    {
        var options = ProbeOptions.From(builder.Configuration);
        var addresses = ClusterAddresses.From(builder.Configuration, options);
        var services = builder.Services;
        var trust = addresses.RootCertificate is { } root ? new ComponentTrust(root, addresses.ClientCertificate) : null;
        services.AddSingleton(options);
        services.AddSingleton(addresses);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ProbeClock>();
        services.AddSingleton<ProbeState>();
        services.AddSingleton<IProbeState>(provider => provider.GetRequiredService<ProbeState>());
        services.AddSingleton<IProbeActions, ProbeActions>();
        services.AddSingleton<TimelineMark>();
        services.AddSingleton<ClusterHistory>();
        services.AddSingleton<ClusterModel>();
        services.AddSingleton<ClusterWatch>();
        services.AddSingleton<ClusterIdentity>();
        services.AddSingleton<DataSources>();
        services.AddSingleton<IClusterAccess, NpgsqlClusterAccess>();
        services.AddSingleton<ProbeMetrics>();
        services.AddSingleton<ComponentMetrics>();
        services.AddSingleton<ComponentScrape>();
        services.AddSingleton<OutageTraces>();
        services.AddSingleton(provider => new AttemptSpans(options.TraceRatio, provider.GetRequiredService<ProbeClock>()));
        services.AddSingleton(provider => new ComponentClient(
            provider.GetRequiredService<ProbeClock>(), PollTimeout, addresses.RestLogin, trust));
        services.AddSingleton<ProbeService>();
        services.AddHostedService(provider => provider.GetRequiredService<ProbeService>());
        services.AddHealthChecks().AddCheck<ProbeService>("probe");
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter(TelemetryNames.Source, Npgsql)
                .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MostSeries }))
            .WithTracing(tracing => tracing.AddSource(TelemetryNames.Source).AddNpgsql());
    }

    // Series per instrument that memory is set aside for: a few attributes with a few values each, and not the usual 2000.
    private const int MostSeries = 200;

    private static TimeSpan PollTimeout { get; } = TimeSpan.FromSeconds(1);
}

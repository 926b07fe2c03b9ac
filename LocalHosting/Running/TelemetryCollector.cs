using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Docker;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Where telemetry goes: what <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says, else the stand-alone Aspire dashboard in a container, else nowhere.</summary>
internal sealed class TelemetryCollector(IConfiguration configuration, DistributedApplicationOptions options) : IAsyncDisposable
{
    public const string ResourceName = "aspire-dashboard";

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Image = "mcr.microsoft.com/dotnet/aspire-dashboard:13.5";

    /// <summary>Resources that export telemetry wait this long at most for the dashboard: without it the application is as good.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly TaskCompletionSource<ContainerResource?> _dashboard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _lifetime = new();
    private Task _starting = Task.CompletedTask;
    private bool _disposed;
    private ContainerInstance? _instance;

    /// <summary>Starts the dashboard unless telemetry goes elsewhere; returns at once.</summary>
    public void Start(RunContext run)
    {
        if (configuration[EndpointVariable] is not null || options.DisableDashboard || run.Engine is not { } engine)
        {
            _dashboard.TrySetResult(null);
            return;
        }

        _starting = StartDashboardAsync(run, engine);
    }

    /// <summary>The variables by which a resource finds the collector; none when there is none.</summary>
    public async Task<IReadOnlyDictionary<string, object>> EnvironmentAsync(OtlpProtocol? protocol, CancellationToken cancellationToken)
    {
        if (configuration[EndpointVariable] is { } endpoint)
        {
            var forwarded = new Dictionary<string, object> { [EndpointVariable] = endpoint };
            foreach (var name in new[] { "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS" })
            {
                if (configuration[name] is { } value)
                {
                    forwarded[name] = value;
                }
            }

            return forwarded;
        }

        if (await _dashboard.Task.WaitAsync(cancellationToken) is not { } dashboard)
        {
            return new Dictionary<string, object>();
        }

        var isHttp = protocol is OtlpProtocol.HttpProtobuf or OtlpProtocol.HttpJson;
        return new Dictionary<string, object>
        {
            [EndpointVariable] = dashboard.GetEndpoint(isHttp ? "otlp-http" : "otlp-grpc"),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol switch
            {
                OtlpProtocol.HttpProtobuf => "http/protobuf",
                OtlpProtocol.HttpJson => "http/json",
                _ => "grpc",
            },
        };
    }

    /// <summary>One line about where telemetry can be seen.</summary>
    public async Task<string> DescribeAsync(IEnumerable<string> ownPages, CancellationToken cancellationToken)
    {
        if (configuration[EndpointVariable] is { } endpoint)
        {
            return $"Telemetry goes to {endpoint} ({EndpointVariable}).";
        }

        if (await _dashboard.Task.WaitAsync(cancellationToken) is { } dashboard)
        {
            return $"Telemetry: the Aspire dashboard at {dashboard.GetEndpoint("http").Url}.";
        }

        var pages = string.Join(", ", ownPages);
        return $"Nothing collects telemetry: set {EndpointVariable} to an OTLP collector{(pages.Length == 0 ? string.Empty : $"; own pages: {pages}")}.";
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _lifetime.CancelAsync();
        await _starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_instance is { } instance)
        {
            await instance.DisposeAsync();
        }

        _lifetime.Dispose();
    }

    private async Task StartDashboardAsync(RunContext run, DockerEngine engine)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
        timeout.CancelAfter(Patience);
        var dashboard = Dashboard();
        try
        {
            await engine.EnsureImageAsync(new RegistryImage(Image), progress: null, timeout.Token);
            EndpointAllocation.Allocate([dashboard], randomizePorts: false);
            _instance = new ContainerInstance(dashboard, run, engine);
            await _instance.StartAsync(timeout.Token);
            _dashboard.TrySetResult(dashboard);
        }
        catch (Exception exception) when (exception is EngineException or DistributedApplicationException or OperationCanceledException)
        {
            // DescribeAsync tells the user; telemetry is not worth a failed start.
            _dashboard.TrySetResult(null);
        }
    }

    private static ContainerResource Dashboard()
    {
        var dashboard = new ContainerResource(ResourceName);
        var image = ContainerImageName.Parse(Image);
        dashboard.Annotations.Add(new ContainerImageAnnotation { Registry = image.Registry, Image = image.Name, Tag = image.Tag });
        foreach (var (name, port) in new[] { ("http", 18888), ("otlp-grpc", 18889), ("otlp-http", 18890) })
        {
            dashboard.Annotations.Add(new EndpointAnnotation(System.Net.Sockets.ProtocolType.Tcp, uriScheme: "http", name: name, targetPort: port));
        }

        // Published on the loopback address only, as the application's other ports are.
        dashboard.Annotations.Add(new EnvironmentCallbackAnnotation("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", () => "true"));
        return dashboard;
    }
}

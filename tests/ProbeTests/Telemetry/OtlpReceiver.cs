using System.Collections.Concurrent;
using System.Text;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>An OTLP receiver on loopback, by gRPC or by HTTP with protobuf.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _raw = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private OtlpReceiver(string protocol)
    {
        Protocol = protocol;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = IsGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IServiceMethodProvider<OtlpReceiver>, Methods>();
        _app = builder.Build();
        if (IsGrpc)
        {
            _app.MapGrpcService<OtlpReceiver>();
        }
        else
        {
            _app.MapPost("/v1/{signal}", TakeAsync);
        }
    }

    /// <summary>`grpc` or `http/protobuf`, as OTEL_EXPORTER_OTLP_PROTOCOL says it.</summary>
    public string Protocol { get; }

    /// <summary>Its address.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Everything received, by signal.</summary>
    public ConcurrentQueue<OtlpPoint> Points { get; } = new();

    /// <summary>The spans received.</summary>
    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();

    /// <summary>The log records received.</summary>
    public ConcurrentQueue<OtlpLog> Logs { get; } = new();

    /// <summary>Every byte received, as text that keeps ASCII readable.</summary>
    public string Raw => string.Join('\n', _raw.Select(Encoding.Latin1.GetString));

    private bool IsGrpc => Protocol == "grpc";

    public static async Task<OtlpReceiver> StartAsync(string protocol, CancellationToken cancellationToken)
    {
        var receiver = new OtlpReceiver(protocol);
        await receiver._app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <summary>Waits until something has been received.</summary>
    public async Task UntilAsync(Func<bool> received, string what, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            while (!received())
            {
                await _arrived.WaitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"Not received: {what}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    private async Task TakeAsync(string signal, HttpRequest request)
    {
        Assert.Equal("application/x-protobuf", request.ContentType);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        Take(signal, body.ToArray());
    }

    private void Take(string signal, byte[] body)
    {
        _raw.Enqueue(body);
        var message = new WireMessage(body);
        switch (signal)
        {
            case "metrics":
                OtlpSignals.Metrics(message).ToList().ForEach(Points.Enqueue);
                break;
            case "traces":
                OtlpSignals.Spans(message).ToList().ForEach(Spans.Enqueue);
                break;
            case "logs":
                OtlpSignals.Logs(message).ToList().ForEach(Logs.Enqueue);
                break;
        }

        _arrived.Release();
    }

    /// <summary>The three services, with messages as bytes.</summary>
    private sealed class Methods : IServiceMethodProvider<OtlpReceiver>
    {
        private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OtlpReceiver> context)
        {
            foreach (var (signal, service) in new[] { ("metrics", "Metrics"), ("traces", "Trace"), ("logs", "Logs") })
            {
                var collector = signal == "traces" ? "trace" : signal;
                var method = new Method<byte[], byte[]>(
                    MethodType.Unary, $"opentelemetry.proto.collector.{collector}.v1.{service}Service", "Export", Bytes, Bytes);
                context.AddUnaryMethod(method, [], (receiver, request, _) =>
                {
                    receiver.Take(signal, request);
                    return Task.FromResult(Array.Empty<byte>());
                });
            }
        }
    }
}

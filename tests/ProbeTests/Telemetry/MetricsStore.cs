using System.Text.Json;
using HaPgAspire.ProbeTests.Engine;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>
/// Debian's VictoriaMetrics in a container: it takes OTLP by HTTP, names and units as Prometheus does, and answers PromQL. (Debian builds Prometheus itself
/// without its OTLP receiver.)
/// </summary>
internal sealed class MetricsStore : IAsyncDisposable
{
    private const string Image = "hapg-probe-metrics";

    private const string Dockerfile = """
        FROM debian:trixie-slim
        RUN apt-get update \
         && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends victoria-metrics \
         && rm -rf /var/lib/apt/lists/*
        """;

    private readonly string _container;
    private readonly HttpClient _client;

    private MetricsStore(string container, int port)
    {
        _container = container;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Where OTLP goes.</summary>
    public string Receiver => $"{_client.BaseAddress}opentelemetry";

    public static async Task<MetricsStore> StartAsync(CancellationToken cancellationToken)
    {
        var context = Directory.CreateTempSubdirectory("hapg-metrics-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(context.FullName, "Dockerfile"), Dockerfile, cancellationToken);
            await Docker.RunAsync(cancellationToken, "build", "-q", "-t", Image, context.FullName);
        }
        finally
        {
            context.Delete(recursive: true);
        }

        var container = await Docker.RunAsync(
            cancellationToken, "run", "-d", "--rm", "-p", "127.0.0.1::8428", Image, "victoria-metrics", "-storageDataPath=/tmp/data", "-opentelemetry.usePrometheusNaming", "-search.latencyOffset=0s");
        var address = await Docker.RunAsync(cancellationToken, "port", container, "8428/tcp");
        var store = new MetricsStore(container, int.Parse(address[(address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            await store.UntilAsync("vector(1)", value => value == 1, cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a query has one series or more and all their values are as expected.</summary>
    public async Task UntilAsync(string query, Func<double, bool> isExpected, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        var last = "no answer";
        try
        {
            while (true)
            {
                try
                {
                    last = await _client.GetStringAsync(new Uri($"api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), limit.Token);
                    if (Values(last) is { Count: > 0 } values && values.TrueForAll(value => isExpected(value)))
                    {
                        return;
                    }
                }
                catch (HttpRequestException)
                {
                    // It is still starting.
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"{query}: {last}");
        }
    }

    /// <summary>Every name that begins so.</summary>
    public async Task<List<string>> NamesAsync(string prefix, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await _client.GetStringAsync(new Uri("api/v1/label/__name__/values", UriKind.Relative), cancellationToken));
        return [.. document.RootElement.GetProperty("data").EnumerateArray().Select(name => name.GetString()!).Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
    }

    /// <summary>Every series with all its labels, as text.</summary>
    public Task<string> SeriesAsync(CancellationToken cancellationToken) =>
        _client.GetStringAsync(new Uri($"api/v1/series?match[]={Uri.EscapeDataString("{__name__=~\".+\"}")}", UriKind.Relative), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Docker.RunAsync(CancellationToken.None, "rm", "-f", "-v", _container);
    }

    private static List<double> Values(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return
        [
            .. document.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
                .Select(series => double.Parse(series.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture)),
        ];
    }
}

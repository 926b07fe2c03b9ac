using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.Hosting.Security;

/// <summary>
/// Healthy when a component answers GET with 200. It differs from the hosting API's own check in that it trusts the cluster's certificate authority, and
/// shows etcd a certificate.
/// </summary>
internal sealed class ComponentHealthCheck(EndpointReference endpoint, string path, Func<ClusterSecurity?> security) : IHealthCheck, IDisposable
{
    // As long as the client of the hosting API's own check waits at most for one attempt.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private HttpClient? _http;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("The endpoint is not allocated yet.");
        }

        // Made late: before the application starts there are no certificates.
        HttpClient http = _http ??= new HttpClient(security()?.CreateHandler() ?? new SocketsHttpHandler { UseCookies = false }) { Timeout = Limit };
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(new Uri(endpoint.Url), path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.StatusCode == System.Net.HttpStatusCode.OK
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{endpoint.Url}{path} answered {(int)response.StatusCode}, not 200.");
        }
        catch (HttpRequestException exception)
        {
            return HealthCheckResult.Unhealthy($"{endpoint.Url}{path} does not answer: {exception.Message}", exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{endpoint.Url}{path} did not answer within {Limit.TotalSeconds} s.");
        }
    }

    public void Dispose() => _http?.Dispose();
}

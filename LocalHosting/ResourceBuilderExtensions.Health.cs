using HaPgAspire.LocalHosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.LocalHosting;

/// <content>Health checks.</content>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Uses a health check that is registered with the builder's services.</summary>
    /// <exception cref="DistributedApplicationException">The resource has it already.</exception>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(a => a.Key == key)
            ? throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check with key '{key}'.")
            : builder.WithAnnotation(new HealthCheckAnnotation(key));
    }

    /// <param name="builder">The resource.</param>
    /// <param name="path">Null: <c>/</c>.</param>
    /// <param name="statusCode">The one that means healthy; null: 200.</param>
    /// <param name="endpointName">Null: <c>https</c>, else <c>http</c>.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[] names = endpointName is null ? ["https", "http"] : [endpointName];
        return builder.WithHttpHealthCheck(
            () => names.Select(n => builder.Resource.GetEndpoints().FirstOrDefault(e => Comparers.EndpointName.Equals(e.EndpointName, n))).FirstOrDefault(e => e is not null)
                ?? throw new DistributedApplicationException($"Could not create HTTP health check for resource '{builder.Resource.Name}' as it has no endpoint named '{string.Join("' or '", names)}'."),
            path,
            statusCode);
    }

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, Func<EndpointReference>? endpointSelector, string? path = null, int? statusCode = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (endpointSelector is null)
        {
            return builder.WithHttpHealthCheck(path, statusCode, endpointName: null);
        }

        var endpoint = endpointSelector();
        if (!endpoint.IsHttp && !endpoint.IsHttps)
        {
            throw new DistributedApplicationException(
                $"Could not create HTTP health check for resource '{builder.Resource.Name}' as the endpoint with name '{endpoint.EndpointName}' and scheme '{endpoint.Scheme}' is not an HTTP endpoint.");
        }

        var requestPath = path ?? "/";
        var expected = statusCode ?? 200;
        var key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{requestPath}_{expected}_check";
        var services = builder.ApplicationBuilder.Services;
        services.AddHttpClient(key).RemoveAllLoggers();
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            provider => new EndpointHealthCheck(endpoint, requestPath, expected, provider.GetRequiredService<IHttpClientFactory>(), key),
            failureStatus: null,
            tags: null));
        return builder.WithHealthCheck(key);
    }
}

/// <summary>Healthy when a GET answers with the expected status.</summary>
internal sealed class EndpointHealthCheck(EndpointReference endpoint, string path, int expectedStatus, IHttpClientFactory clients, string clientName) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("The endpoint is not allocated yet.");
        }

        try
        {
            using var client = clients.CreateClient(clientName);
            using var response = await client.GetAsync(new Uri(new Uri(endpoint.Url), path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var status = (int)response.StatusCode;
            return status == expectedStatus
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{endpoint.Url}{path} answered {status}, not {expectedStatus}.");
        }
        catch (HttpRequestException exception)
        {
            return HealthCheckResult.Unhealthy($"{endpoint.Url}{path} does not answer: {exception.Message}", exception);
        }
    }
}

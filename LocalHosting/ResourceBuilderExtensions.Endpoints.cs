using System.Net.Sockets;
using HaPgAspire.LocalHosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting;

/// <content>Endpoints and URLs.</content>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds an endpoint, or changes the one of that name.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">Where clients connect; null or 0: any free port.</param>
    /// <param name="targetPort">Where the resource listens.</param>
    /// <param name="scheme">Null: <c>tcp</c> or <c>udp</c>.</param>
    /// <param name="name">Null: the scheme.</param>
    /// <param name="env">A variable that gets the target port.</param>
    /// <param name="isProxied">False: the port is the resource's own.</param>
    /// <param name="isExternal">Whether it is offered to the outside when published.</param>
    /// <param name="protocol">Null: TCP.</param>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder,
        int? port = null,
        int? targetPort = null,
        string? scheme = null,
        [EndpointName] string? name = null,
        string? env = null,
        bool? isProxied = null,
        bool? isExternal = null,
        ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpointName = name ?? scheme ?? (protocol ?? ProtocolType.Tcp).ToString().ToLowerInvariant();
        if (Find(builder.Resource, endpointName) is { } existing)
        {
            if (port is not null)
            {
                existing.Port = port;
            }

            if (targetPort is not null)
            {
                existing.TargetPort = targetPort;
            }

            existing.IsExternal = isExternal ?? existing.IsExternal;
            existing.IsExplicitlyProxied = isProxied ?? existing.IsExplicitlyProxied;
            if (scheme is not null)
            {
                existing.UriScheme = scheme;
            }

            return PassTargetPort(builder, existing, env);
        }

        var annotation = new EndpointAnnotation(
            protocol ?? ProtocolType.Tcp,
            uriScheme: scheme,
            name: endpointName,
            port: port,
            targetPort: targetPort,
            isExternal: isExternal,
            isProxied: isProxied);
        return PassTargetPort(builder.WithAnnotation(annotation), annotation, env);
    }

    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, [EndpointName] string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(callback);
        var endpoint = Find(builder.Resource, endpointName);
        if (endpoint is null && createIfNotExists)
        {
            endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: endpointName);
            builder.WithAnnotation(endpoint);
        }

        if (endpoint is not null)
        {
            callback(endpoint);
        }

        return builder;
    }

    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder,
        int? port = null,
        int? targetPort = null,
        [EndpointName] string? name = null,
        string? env = null,
        bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, [EndpointName] string name)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.GetEndpoint(name);
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, [EndpointName] string name, NetworkIdentifier contextNetworkId)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.GetEndpoint(name, contextNetworkId);
    }

    public static IResourceBuilder<T> WithUrls<T>(this IResourceBuilder<T> builder, Action<ResourceUrlsCallbackContext> callback)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(callback));
    }

    public static IResourceBuilder<T> WithUrls<T>(this IResourceBuilder<T> builder, Func<ResourceUrlsCallbackContext, Task> callback)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(callback));
    }

    /// <summary>Changes the URL of an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource =>
        builder.WithUrls(context =>
        {
            if (context.Urls.FirstOrDefault(u => u.Endpoint?.EndpointName == endpointName) is { } url)
            {
                callback(url);
            }
            else
            {
                UrlLog.NoEndpoint(context.Logger, endpointName, context.Resource.Name);
            }
        });

    /// <summary>Adds a URL to an endpoint; a relative one is completed with the endpoint's.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback)
        where T : IResourceWithEndpoints =>
        builder.WithUrls(context =>
        {
            var endpoint = builder.GetEndpoint(endpointName);
            if (!endpoint.Exists)
            {
                UrlLog.NoEndpoint(context.Logger, endpointName, context.Resource.Name);
                return;
            }

            var url = callback(endpoint);
            context.Urls.Add(new ResourceUrlAnnotation
            {
                Url = Uri.TryCreate(new Uri(endpoint.Url), url.Url, out var absolute) ? absolute.ToString() : url.Url,
                DisplayText = url.DisplayText,
                DisplayOrder = url.DisplayOrder,
                DisplayLocation = url.DisplayLocation,
                Endpoint = endpoint,
            });
        });

    private static EndpointAnnotation? Find(IResource resource, string endpointName) =>
        resource.Annotations.OfType<EndpointAnnotation>().SingleOrDefault(e => Comparers.EndpointName.Equals(e.Name, endpointName));

    private static IResourceBuilder<T> PassTargetPort<T>(IResourceBuilder<T> builder, EndpointAnnotation endpoint, string? variable)
        where T : IResourceWithEndpoints
    {
        if (variable is not null && builder.Resource is IResourceWithEnvironment)
        {
            endpoint.TargetPortEnvironmentVariable = variable;
            var targetPort = new EndpointReference(builder.Resource, endpoint).Property(EndpointProperty.TargetPort);
            builder.WithAnnotation(new EnvironmentCallbackAnnotation(context => { context.EnvironmentVariables[variable] = targetPort; }));
        }

        return builder;
    }
}

internal static partial class UrlLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "No URL was changed for endpoint {Endpoint}: {Resource} has none of that name")]
    public static partial void NoEndpoint(ILogger logger, string endpoint, string resource);
}

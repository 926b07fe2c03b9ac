using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <content>References to other resources, and relations that are only shown.</content>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Puts the connection string and the connection properties into the environment.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        var resource = source.Resource;
        connectionName ??= resource.Name;
        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            variables[resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName}"] = new ConnectionStringReference(resource, optional);
            var prefix = connectionName.Length == 0 ? string.Empty : $"{VariableName(connectionName)}_";
            foreach (var (name, value) in resource.GetConnectionProperties())
            {
                variables[$"{prefix}{name.ToUpperInvariant()}"] = value;
            }
        });
    }

    /// <summary>Puts the resource's endpoints into the environment, for service discovery and one by one.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return ReferenceEndpoints(builder, source.Resource, source.Resource.Name, only: null);
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithServiceDiscovery> source,
        string name)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return ReferenceEndpoints(builder, source.Resource, name, only: null);
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(endpointReference);
        return ReferenceEndpoints(builder, endpointReference.Resource, endpointReference.Resource.Name, endpointReference.EndpointName);
    }

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResource resource)
        where T : IResource => builder.WithRelationship(resource, KnownRelationshipTypes.Reference);

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> resourceBuilder)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resourceBuilder);
        return builder.WithReferenceRelationship(resourceBuilder.Resource);
    }

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, ReferenceExpression expression)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(expression);
        LinkReferences(builder, ((IValueWithReferences)expression).References);
        return builder;
    }

    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResource resource, string type)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(resource);
        return builder.WithAnnotation(new ResourceRelationshipAnnotation(resource, type));
    }

    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> resourceBuilder, string type)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resourceBuilder);
        return builder.WithRelationship(resourceBuilder.Resource, type);
    }

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResource parent)
        where T : IResource => builder.WithRelationship(parent, KnownRelationshipTypes.Parent);

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource => builder.WithRelationship(parent, KnownRelationshipTypes.Parent);

    private static IResourceBuilder<T> ReferenceEndpoints<T>(IResourceBuilder<T> builder, IResourceWithEndpoints resource, string serviceName, string? only)
        where T : IResourceWithEnvironment
    {
        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
        {
            foreach (var endpoint in resource.GetEndpoints())
            {
                if (only is null ? endpoint.ExcludeReferenceEndpoint : !Comparers.EndpointName.Equals(only, endpoint.EndpointName))
                {
                    continue;
                }

                context.EnvironmentVariables[$"{VariableName(serviceName)}_{VariableName(endpoint.EndpointName)}"] = endpoint;
                AddServiceDiscovery(context.EnvironmentVariables, serviceName, endpoint);
            }
        });
    }

    private static void AddServiceDiscovery(Dictionary<string, object> variables, string serviceName, EndpointReference endpoint)
    {
        var scheme = endpoint.IsHttpSchemeNamedEndpoint ? endpoint.Scheme : endpoint.EndpointName;
        for (var index = 0; ; index++)
        {
            var key = $"services__{serviceName}__{scheme}__{index}";
            if (!variables.TryGetValue(key, out var existing) || (existing is EndpointReference same && same.EndpointAnnotation == endpoint.EndpointAnnotation))
            {
                variables[key] = endpoint;
                return;
            }
        }
    }

    /// <summary>A name as part of an environment variable's: upper case, and <c>_</c> for what is no letter or digit.</summary>
    private static string VariableName(string name)
    {
        var encoded = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
        return char.IsAsciiDigit(encoded[0]) ? $"_{encoded}" : encoded;
    }

    /// <summary>Shows every resource that the values refer to as referenced.</summary>
    private static void LinkReferences<T>(IResourceBuilder<T> builder, IEnumerable<object> values)
        where T : IResource
    {
        var visited = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Walk(values);

        void Walk(IEnumerable<object> values)
        {
            foreach (var value in values)
            {
                if (!visited.Add(value))
                {
                    continue;
                }

                switch (value)
                {
                    case IResource resource:
                        builder.WithReferenceRelationship(resource);
                        break;
                    case IResourceBuilder<IResource> resourceBuilder:
                        builder.WithReferenceRelationship(resourceBuilder.Resource);
                        break;
                    case IValueWithReferences compound:
                        Walk(compound.References);
                        break;
                }
            }
        }
    }
}

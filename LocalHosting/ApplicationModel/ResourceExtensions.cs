using System.Diagnostics.CodeAnalysis;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Reads annotations.</summary>
public static class ResourceExtensions
{
    public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation)
        where T : IResourceAnnotation
    {
        ArgumentNullException.ThrowIfNull(resource);
        annotation = resource.Annotations.OfType<T>().LastOrDefault();
        return annotation is not null;
    }

    public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result)
        where T : IResourceAnnotation
    {
        ArgumentNullException.ThrowIfNull(resource);
        T[] annotations = [.. resource.Annotations.OfType<T>()];
        result = annotations.Length > 0 ? annotations : null;
        return result is not null;
    }

    public static bool HasAnnotationOfType<T>(this IResource resource)
        where T : IResourceAnnotation
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.Annotations.OfType<T>().Any();
    }

    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, [EndpointName] string endpointName) => new(resource, endpointName);

    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, [EndpointName] string endpointName, NetworkIdentifier contextNetworkId) =>
        new(resource, endpointName, contextNetworkId);

    public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(resource, e));
    }

    /// <summary>The reference <c>[registry/]image[:tag|@sha256:digest]</c> a container runs.</summary>
    public static bool TryGetContainerImageName(this IResource resource, [NotNullWhen(true)] out string? imageName)
    {
        ArgumentNullException.ThrowIfNull(resource);
        imageName = null;
        if (resource.TryGetLastAnnotation<DockerfileBuildAnnotation>(out var build) && build is { ImageName: { } builtName, ImageTag: { } builtTag })
        {
            imageName = $"{builtName}:{builtTag}";
        }
        else if (resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image))
        {
            var registry = string.IsNullOrEmpty(image.Registry) ? string.Empty : $"{image.Registry}/";
            var version = image.SHA256 is { Length: > 0 } digest ? $"@sha256:{digest}" : image.Tag is { Length: > 0 } tag ? $":{tag}" : string.Empty;
            imageName = $"{registry}{image.Image}{version}";
        }

        return imageName is not null;
    }

    public static bool IsExcludedFromPublish(this IResource resource) =>
        resource.TryGetLastAnnotation<ManifestPublishingCallbackAnnotation>(out var annotation) && annotation == ManifestPublishingCallbackAnnotation.Ignore;
}

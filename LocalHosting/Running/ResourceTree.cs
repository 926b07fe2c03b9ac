using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Which resource belongs to which.</summary>
internal static class ResourceTree
{
    /// <summary>Whether this engine starts and stops the resource.</summary>
    public static bool HasInstance(this IResource resource) => resource.IsContainer() || resource is ProjectResource or ExecutableResource;

    /// <summary>The children that live and die with the resource, such as a server's databases.</summary>
    public static IEnumerable<IResource> DependentChildren(this DistributedApplicationModel model, IResource resource) =>
        model.Resources.Where(r => r is IResourceWithParent child && ReferenceEquals(child.Parent, resource) && !r.HasInstance() && r is not ParameterResource);

    /// <summary>The resource and, recursively, the children that live and die with it.</summary>
    public static IEnumerable<IResource> WithDependentChildren(this DistributedApplicationModel model, IResource resource) =>
        [resource, .. model.DependentChildren(resource).SelectMany(model.WithDependentChildren)];

    /// <summary>The keys of the resource's health checks and its ancestors': a database is not healthy on a server that isn't.</summary>
    public static IReadOnlyList<string> HealthCheckKeys(this IResource resource)
    {
        List<string> keys = [];
        for (var current = resource; current is not null; current = (current as IResourceWithParent)?.Parent)
        {
            keys.AddRange(current.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key));
        }

        return [.. keys.Distinct()];
    }
}

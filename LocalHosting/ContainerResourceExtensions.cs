using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>Tells containers from other resources.</summary>
public static class ContainerResourceExtensions
{
    public static IEnumerable<IResource> GetContainerResources(this DistributedApplicationModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Resources.Where(IsContainer);
    }

    public static bool IsContainer(this IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.HasAnnotationOfType<ContainerImageAnnotation>();
    }
}

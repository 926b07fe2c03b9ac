using System.Collections.ObjectModel;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Base of the resources.</summary>
public abstract class Resource : IResource
{
    /// <param name="name">1 to 64 ASCII letters, digits and single hyphens; starts with a letter.</param>
    /// <exception cref="ArgumentException">The name is malformed.</exception>
    protected Resource(string name)
    {
        ModelName.Validate("Resource", name);
        Name = name;
    }

    public virtual string Name { get; }

    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}

/// <summary>The annotations of a resource, in the order they were added.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>Whether an annotation is added or takes the place of those of its type.</summary>
public enum ResourceAnnotationMutationBehavior
{
    Append,
    Replace,
}

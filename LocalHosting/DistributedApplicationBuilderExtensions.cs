using System.Diagnostics.CodeAnalysis;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>Finds resources that were added before.</summary>
public static class DistributedApplicationBuilderExtensions
{
    /// <exception cref="InvalidOperationException">No resource has that name and type.</exception>
    public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.TryCreateResourceBuilder<T>(name, out var resourceBuilder)
            ? resourceBuilder
            : throw new InvalidOperationException($"No resource of type '{typeof(T)}' with name '{name}' was found.");
    }

    public static bool TryCreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name, [NotNullWhen(true)] out IResourceBuilder<T>? resourceBuilder)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        resourceBuilder = builder.Resources.TryGetByName(name, out var resource) && resource is T typed ? builder.CreateResourceBuilder(typed) : null;
        return resourceBuilder is not null;
    }
}

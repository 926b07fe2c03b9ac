using System.Collections.Immutable;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>The part of a snapshot that follows from the model.</summary>
internal static class ResourceSnapshots
{
    public static CustomResourceSnapshot Initial(IResource resource) =>
        resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot
        ?? new CustomResourceSnapshot
        {
            ResourceType = TypeName(resource),
            Properties = [],
            Relationships = Relationships(resource),
        };

    /// <summary>Fills in the commands with their present state, and the icon.</summary>
    public static CustomResourceSnapshot WithModelFacts(IResource resource, CustomResourceSnapshot snapshot, IServiceProvider services)
    {
        var commands = resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(
            c.Name,
            c.UpdateState(new UpdateCommandStateContext { ResourceSnapshot = snapshot, Services = services }),
            c.DisplayName,
            c.DisplayDescription,
            Parameter: null,
            c.ConfirmationMessage,
            c.IconName,
            c.IconVariant,
            c.IsHighlighted)
        {
            Arguments = c.Arguments,
            Visibility = c.Visibility,
        });
        var icon = resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();
        return snapshot with
        {
            Commands = [.. commands],
            IconName = snapshot.IconName ?? icon?.IconName,
            IconVariant = snapshot.IconVariant ?? icon?.IconVariant,
        };
    }

    /// <summary>Stopped, or never going to run without someone's doing.</summary>
    public static bool IsUnavailable(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text is { } state
        && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.RuntimeUnhealthy);

    public static string TypeName(IResource resource) => resource switch
    {
        ContainerResource => "Container",
        ProjectResource => "Project",
        ExecutableResource => "Executable",
        ParameterResource => "Parameter",
        _ => resource.GetType().Name is { Length: > 8 } name && name.EndsWith("Resource", StringComparison.Ordinal) ? name[..^8] : resource.GetType().Name,
    };

    public static ImmutableArray<RelationshipSnapshot> Relationships(IResource resource)
    {
        IEnumerable<RelationshipSnapshot> parent = resource is IResourceWithParent child ? [new(child.Parent.Name, KnownRelationshipTypes.Parent)] : [];
        return [.. parent, .. resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(a => new RelationshipSnapshot(a.Resource.Name, a.Type))];
    }
}

/// <summary>The relation types with a fixed meaning.</summary>
internal static class KnownRelationshipTypes
{
    public const string Parent = "Parent";

    public const string Reference = "Reference";

    public const string WaitFor = "WaitFor";
}

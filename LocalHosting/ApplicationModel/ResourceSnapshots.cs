using System.Collections.Immutable;
using HaPgAspire.LocalHosting.Running;

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

    /// <summary>The beginning of a start: what was known about the last one no longer holds.</summary>
    public static bool IsStart(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Starting && snapshot.ReadyTask is null;

    /// <summary>Every check of the resource, without a result.</summary>
    public static ImmutableArray<HealthReportSnapshot> InitialHealthReports(IResource resource) =>
        [.. resource.HealthCheckKeys().Select(k => new HealthReportSnapshot(k, Status: null, Description: null, ExceptionText: null))];

    /// <summary>Sets a property, in place of one of that name.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> With(this ImmutableArray<ResourcePropertySnapshot> properties, string name, object? value, bool isSensitive = false)
    {
        var property = new ResourcePropertySnapshot(name, value) { IsSensitive = isSensitive };
        var existing = properties.FirstOrDefault(p => p.Name == name);
        return existing is null ? properties.Add(property) : properties.Replace(existing, property);
    }

    /// <summary>Whether two snapshots say the same: a producer may publish what it has published before.</summary>
    public static bool SaySame(CustomResourceSnapshot a, CustomResourceSnapshot b) =>
        Scalars(a) == Scalars(b)
        && a.Properties.SequenceEqual(b.Properties)
        && a.HealthReports.SequenceEqual(b.HealthReports)
        && a.Urls.SequenceEqual(b.Urls)
        && a.Volumes.SequenceEqual(b.Volumes)
        && a.Commands.SequenceEqual(b.Commands)
        && a.Relationships.SequenceEqual(b.Relationships);

    private static CustomResourceSnapshot Scalars(CustomResourceSnapshot snapshot) => snapshot with
    {
        Properties = [],
        HealthReports = [],
        Urls = [],
        Volumes = [],
        Commands = [],
        Relationships = [],
    };

    public static string TypeName(IResource resource) => resource switch
    {
        ContainerResource => "Container",
        ProjectResource => "Project",
        ExecutableResource => "Executable",
        ParameterResource => "Parameter",
        _ => resource.GetType().Name,
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

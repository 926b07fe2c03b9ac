using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Terminal;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>From snapshots to what the terminal shows.</summary>
internal static class ResourceRows
{
    public static ResourceRow From(ResourceEvent @event)
    {
        var (resource, snapshot) = (@event.Resource, @event.Snapshot);
        return new ResourceRow
        {
            Name = resource.Name,
            Type = snapshot.ResourceType,
            Parent = (resource as IResourceWithParent)?.Parent.Name
                ?? resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(a => a.Type == KnownRelationshipTypes.Parent)?.Resource.Name,
            State = snapshot.State?.Text,
            StateStyle = snapshot.State?.Style,
            Health = snapshot.HealthReports.IsEmpty ? null : snapshot.HealthStatus?.ToString(),
            ExitCode = snapshot.ExitCode,
            IsHidden = snapshot.IsHidden || resource is ParameterResource,
            Source = Value(snapshot, "container.image") ?? Value(snapshot, "project.path"),
            CreatedAt = snapshot.CreationTimeStamp,
            StartedAt = snapshot.StartTimeStamp,
            StoppedAt = snapshot.StopTimeStamp,
            Urls = [.. snapshot.Urls.OrderByDescending(u => u.DisplayProperties.SortOrder)
                .Select(u => new ResourceRowUrl(u.Url, u.Name, u.DisplayProperties.DisplayName is { Length: > 0 } name ? name : null, u.IsInternal))],
            Properties = [.. snapshot.Properties.Where(p => !p.IsSensitive && p.Value is not null).Select(p => new ResourceRowProperty(p.Name, p.Value!.ToString()!))],
            Commands = [.. snapshot.Commands
                .Where(c => c.State != ResourceCommandState.Hidden && c.Visibility.HasFlag(ResourceCommandVisibility.Api))
                .Select(c => new ResourceRowCommand(c.Name, c.DisplayName, c.DisplayDescription, c.State == ResourceCommandState.Enabled, [.. c.Arguments.Select(Argument)]))],
        };
    }

    private static string? Value(CustomResourceSnapshot snapshot, string name) => snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value?.ToString();

    private static ResourceRowArgument Argument(InteractionInput input) => new(
        input.Name,
        Enum.Parse<ResourceRowArgumentKind>(input.InputType.ToString()),
        input.Required,
        input.Description,
        input.Value,
        input.AllowCustomChoice ? null : input.Options?.Select(o => o.Key).ToArray());
}

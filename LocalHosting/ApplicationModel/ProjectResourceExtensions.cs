namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Reads projects' annotations.</summary>
public static class ProjectResourceExtensions
{
    /// <exception cref="InvalidOperationException">The resource was not made by AddProject.</exception>
    public static IProjectMetadata GetProjectMetadata(this ProjectResource projectResource)
    {
        ArgumentNullException.ThrowIfNull(projectResource);
        return projectResource.Annotations.OfType<IProjectMetadata>().Single();
    }
}

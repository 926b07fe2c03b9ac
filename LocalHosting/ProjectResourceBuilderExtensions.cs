using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>Adds projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, [ResourceName] string name)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, _ => { });

    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="launchProfileName">Null: no launch profile.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, [ResourceName] string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() =>
        builder.AddProject<TProject>(name, options =>
        {
            options.LaunchProfileName = launchProfileName;
            options.ExcludeLaunchProfile = launchProfileName is null;
        });

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, [ResourceName] string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new ProjectResourceOptions();
        configure(options);
        return ProjectDefaults.Apply(builder.AddResource(new ProjectResource(name)).WithAnnotation(new TProject()), options);
    }
}

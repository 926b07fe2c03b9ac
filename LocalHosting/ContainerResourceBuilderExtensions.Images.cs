using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <content>Which image a container runs, and how it is built.</content>
public static partial class ContainerResourceBuilderExtensions
{
    /// <summary>Sets the image from a reference <c>[registry/]name[:tag|@sha256:digest]</c>; without a tag: <c>latest</c>.</summary>
    /// <exception cref="InvalidOperationException">Both the reference and the parameter give a tag.</exception>
    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        var reference = ContainerImageName.Parse(image);
        if (tag is not null && (reference.Tag ?? reference.Digest) is not null)
        {
            throw new InvalidOperationException("Ambiguous tags - a tag was provided on both the 'tag' and 'image' parameters");
        }

        if (!builder.Resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var annotation))
        {
            annotation = new ContainerImageAnnotation { Image = reference.Name };
            builder.Resource.Annotations.Add(annotation);
        }

        annotation.Registry = reference.Registry ?? annotation.Registry;
        annotation.Image = reference.Name;
        if (reference.Digest is { } digest)
        {
            annotation.SHA256 = digest;
        }
        else
        {
            annotation.Tag = tag ?? reference.Tag ?? "latest";
        }

        return builder;
    }

    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(tag);
        Image(builder).Tag = tag;
        return builder;
    }

    /// <param name="builder">The container.</param>
    /// <param name="contextPath">The build context; relative: to the app host's directory.</param>
    /// <param name="dockerfilePath">Null: <c>Dockerfile</c>; relative: to the context.</param>
    /// <param name="stage">Null: the last one.</param>
    public static IResourceBuilder<T> WithDockerfile<T>(this IResourceBuilder<T> builder, string contextPath, string? dockerfilePath = null, string? stage = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(contextPath);
        var context = Path.TrimEndingDirectorySeparator(Path.GetFullPath(contextPath, builder.ApplicationBuilder.AppHostDirectory));
        var build = new DockerfileBuildAnnotation(context, Path.GetFullPath(dockerfilePath ?? "Dockerfile", context), stage);
        builder.WithAnnotation(build, ResourceAnnotationMutationBehavior.Replace);
        var imageName = builder.Resource.Name.ToLowerInvariant();
        if (builder.Resource.HasAnnotationOfType<ContainerImageAnnotation>())
        {
            build.ImageName = imageName;
            build.ImageTag = "latest";
            return builder;
        }

        return builder.WithImage(imageName, "latest");
    }

    public static IResourceBuilder<T> WithBuildArg<T>(this IResourceBuilder<T> builder, string name, object? value)
        where T : ContainerResource
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Build(builder).BuildArguments[name] = value;
        return builder;
    }

    /// <exception cref="InvalidOperationException">The parameter is secret: build arguments stay in the image.</exception>
    public static IResourceBuilder<T> WithBuildArg<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> value)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Resource.Secret
            ? throw new InvalidOperationException("Cannot add secret parameter as a build argument.")
            : builder.WithBuildArg(name, (object)value.Resource);
    }

    private static ContainerImageAnnotation Image<T>(IResourceBuilder<T> builder)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var annotation)
            ? annotation
            : throw new InvalidOperationException($"The resource '{builder.Resource.Name}' does not have a container image specified. Use WithImage to specify the container image and tag.");
    }

    private static DockerfileBuildAnnotation Build<T>(IResourceBuilder<T> builder)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.TryGetLastAnnotation<DockerfileBuildAnnotation>(out var annotation)
            ? annotation
            : throw new InvalidOperationException("The resource does not have a Dockerfile build annotation. Call WithDockerfile before calling WithBuildArg.");
    }
}

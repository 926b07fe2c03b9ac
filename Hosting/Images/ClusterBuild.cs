namespace HaPgAspire.Hosting;

/// <summary>Has a container built from a stage of the cluster's Dockerfile.</summary>
internal static class ClusterBuild
{
    public static IResourceBuilder<T> WithClusterImage<T>(this IResourceBuilder<T> builder, string stage, string baseImage)
        where T : ContainerResource => builder
            // The image is built; the name is what an engine calls it until it chooses its own.
            .WithImage($"hapgaspire-{stage}")
            .WithDockerfile(ClusterImages.ContextPath, stage: stage)
            .WithBuildArg(ClusterImages.BaseImageArgument, baseImage);

    public static void UseBaseImage(ContainerResource resource, string baseImage)
    {
        foreach (DockerfileBuildAnnotation build in resource.Annotations.OfType<DockerfileBuildAnnotation>())
        {
            build.BuildArguments[ClusterImages.BaseImageArgument] = baseImage;
        }
    }
}

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>Where a container's image comes from: <see cref="RegistryImage"/> or <see cref="ImageBuild"/>.</summary>
internal abstract record ImageSource;

/// <summary>An image of a registry, pulled where the engine doesn't have it.</summary>
/// <param name="Reference">For example "debian:trixie-slim"; without a tag or digest, ":latest".</param>
internal sealed record RegistryImage(string Reference) : ImageSource;

/// <summary>An image built from a Dockerfile.</summary>
internal sealed record ImageBuild : ImageSource
{
    /// <summary>
    /// Repository of the built image, without a tag: the tag is derived from everything that goes into the build, so that an
    /// unchanged image is never built again.
    /// </summary>
    public required string Repository { get; init; }

    /// <summary>The build context; a `.dockerignore` at its top is honoured.</summary>
    public required string ContextDirectory { get; init; }

    /// <summary>Absolute, or relative to <see cref="ContextDirectory"/>.</summary>
    public string Dockerfile { get; init; } = "Dockerfile";

    /// <summary>The stage to build; null is the last.</summary>
    public string? Target { get; init; }

    public IReadOnlyDictionary<string, string> BuildArguments { get; init; } = new Dictionary<string, string>();
}

/// <param name="Reference">What to give to <see cref="ContainerSpec.Image"/>.</param>
/// <param name="Id">The image's content-addressed id.</param>
/// <param name="Outcome">How it came to be there.</param>
internal sealed record EnsuredImage(string Reference, string Id, ImageOutcome Outcome);

internal enum ImageOutcome
{
    AlreadyThere,
    Pulled,
    Built,
}

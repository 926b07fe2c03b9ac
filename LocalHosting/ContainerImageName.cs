namespace HaPgAspire.LocalHosting;

/// <summary>The parts of an image reference.</summary>
internal sealed record ContainerImageName(string? Registry, string Name, string? Tag, string? Digest)
{
    /// <exception cref="ArgumentException">Empty.</exception>
    public static ContainerImageName Parse(string reference)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reference);
        string? digest = null;
        if (reference.IndexOf("@sha256:", StringComparison.Ordinal) is > 0 and var at)
        {
            digest = reference[(at + "@sha256:".Length)..];
            reference = reference[..at];
        }

        string? tag = null;
        if (reference.LastIndexOf(':') is > 0 and var colon && colon > reference.LastIndexOf('/'))
        {
            tag = reference[(colon + 1)..];
            reference = reference[..colon];
        }

        // The first segment is a registry when it looks like a host: a dot, a port, or localhost.
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var first = slash > 0 ? reference[..slash] : string.Empty;
        return first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == KnownLocalhost
            ? new ContainerImageName(first, reference[(slash + 1)..], tag, digest)
            : new ContainerImageName(null, reference, tag, digest);
    }

    private const string KnownLocalhost = ApplicationModel.KnownHostNames.Localhost;
}

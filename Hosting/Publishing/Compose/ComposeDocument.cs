namespace HaPgAspire.Hosting.Publishing;

/// <summary>The content of <c>docker-compose.yaml</c>; property names become snake case in the file.</summary>
internal sealed record ComposeDocument
{
    public required string Name { get; init; }

    public required IReadOnlyDictionary<string, ComposeService> Services { get; init; }

    public required IReadOnlyDictionary<string, ComposeNetwork> Networks { get; init; }

    public required IReadOnlyDictionary<string, ComposeVolume> Volumes { get; init; }
}

/// <summary>A network of the file.</summary>
internal sealed record ComposeNetwork
{
    public required string Driver { get; init; }
}

/// <summary>A named volume of the file; what it has of its own are compose's defaults.</summary>
internal sealed record ComposeVolume;

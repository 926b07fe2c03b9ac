using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>What a service needs in compose beyond what the app model says about its resource.</summary>
internal sealed record ComposeTraits
{
    /// <summary>A container that the publisher knows nothing about.</summary>
    public static ComposeTraits Unknown { get; } = new();

    /// <summary>The HTTP page that answers 200 while the service is healthy; null for no health check.</summary>
    public ComposeHealthPage? HealthPage { get; init; }

    /// <summary>Whether the service runs with a read-only root, without capabilities and without a way to get more.</summary>
    public bool Hardened { get; init; }

    /// <summary>The greatest number of its processes and threads; null for no limit.</summary>
    public int? Processes { get; init; }

    /// <summary>The certificates of the service; null for none.</summary>
    public ComposeCertificates? Certificates { get; init; }

    /// <summary>Folders in memory that a read-only root leaves writable.</summary>
    public IReadOnlyList<string> MemoryFolders { get; init; } = [];

    /// <summary>Folders that must outlive the container, besides those that the app model mounts volumes on.</summary>
    public IReadOnlyList<string> DataFolders { get; init; } = [];

    /// <summary>What the service waits for, besides what the app model says.</summary>
    public IReadOnlyList<ComposeNeed> Needs { get; init; } = [];

    /// <summary>Whether all endpoints are published on the host. Others are published only where the app model says external.</summary>
    public bool IsFrontDoor { get; init; }

    /// <summary>Seconds from the stop signal to the kill; null for compose's 10.</summary>
    public int? StopSeconds { get; init; }

    /// <summary>Size of the shared memory; null for Docker's 64 MB.</summary>
    public string? SharedMemory { get; init; }
}

/// <summary>A page of a service that tells its health.</summary>
/// <param name="Port">The port in the container.</param>
/// <param name="Path">The path.</param>
/// <param name="StartSeconds">Seconds in which a failed check does not count.</param>
/// <param name="Authority">The file in the container with the authority that the page's certificate is checked by; null for a page without TLS.</param>
internal sealed record ComposeHealthPage(int Port, string Path, int StartSeconds, string? Authority = null);

/// <summary>The certificates that a service gets.</summary>
/// <param name="Directory">The folder in the container.</param>
/// <param name="Owner">The number of the user that the service runs as; null for root.</param>
/// <param name="Subjects">The names of the files, and whom they are for.</param>
internal sealed record ComposeCertificates(string Directory, int? Owner, IReadOnlyList<(string File, CertificateSubject Subject)> Subjects);

/// <summary>A service that another one is started after.</summary>
/// <param name="Resource">The resource of the service.</param>
/// <param name="Healthy">Whether it must be healthy, or only started.</param>
internal sealed record ComposeNeed(IResource Resource, bool Healthy);

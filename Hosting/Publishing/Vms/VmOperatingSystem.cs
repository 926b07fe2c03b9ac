namespace HaPgAspire.Hosting.Publishing;

/// <summary>The operating system of the machines.</summary>
public enum VmOperatingSystem
{
    /// <summary>Ubuntu 24.04 LTS (<c>noble</c>).</summary>
    Ubuntu2404,

    /// <summary>Debian 13 (<c>trixie</c>).</summary>
    Debian13,
}

namespace HaPgAspire.Hosting.Publishing;

/// <summary>What differs between the operating systems.</summary>
/// <param name="Name">The name in the inventory.</param>
/// <param name="Id"><c>ID</c> in <c>/etc/os-release</c>.</param>
/// <param name="Version"><c>VERSION_ID</c> in <c>/etc/os-release</c>.</param>
/// <param name="Codename">The release's code name, part of the name of PostgreSQL's archive.</param>
/// <param name="DisplayName">The name for people.</param>
internal sealed record VmPlatform(string Name, string Id, string Version, string Codename, string DisplayName)
{
    private static readonly VmPlatform Ubuntu2404 = new("ubuntu-24.04", "ubuntu", "24.04", "noble", "Ubuntu 24.04");
    private static readonly VmPlatform Debian13 = new("debian-13", "debian", "13", "trixie", "Debian 13");

    public static VmPlatform Of(VmOperatingSystem system) => system == VmOperatingSystem.Debian13 ? Debian13 : Ubuntu2404;
}

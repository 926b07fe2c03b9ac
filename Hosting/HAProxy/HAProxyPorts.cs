namespace HaPgAspire.Hosting;

/// <summary>The ports that HAProxy listens on in its container; the host's ports are options.</summary>
internal static class HAProxyPorts
{
    public const int ReadWrite = 5000;
    public const int ReadOnly = 5001;
    public const int Statistics = 7000;
}

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A network that addresses are valid in.</summary>
public record NetworkIdentifier(string Value);

/// <summary>The networks every application has.</summary>
public static class KnownNetworkIdentifiers
{
    /// <summary>The host's loopback.</summary>
    public static readonly NetworkIdentifier LocalhostNetwork = new("localhost");

    /// <summary>The network all containers of the application are on.</summary>
    public static readonly NetworkIdentifier DefaultAspireContainerNetwork = new("aspire-container-network");
}

/// <summary>Host names with a fixed meaning.</summary>
public static class KnownHostNames
{
    public const string Localhost = "localhost";

    /// <summary>The name containers reach the host by.</summary>
    public const string DockerDesktopHostBridge = "host.docker.internal";
}

namespace HaPgAspire.Hosting;

/// <summary>What a member's <c>patroni.yml</c> says beyond the cluster's options.</summary>
public sealed record PatroniNodeConfiguration
{
    /// <summary>The member itself.</summary>
    public required PatroniMember Member { get; init; }

    /// <summary>The cluster's name in etcd.</summary>
    public required string Scope { get; init; }

    /// <summary>etcd's client addresses, <c>host:port</c> each.</summary>
    public required IReadOnlyList<string> EtcdHosts { get; init; }

    /// <summary>Where the member's files are. Default: the paths of the container image.</summary>
    public PatroniPaths Paths { get; init; } = PatroniPaths.Container;

    /// <summary>
    /// The networks that may connect to PostgreSQL. Default <c>samenet</c>: every network that the member has an address in, which for a container is
    /// the cluster's own.
    /// </summary>
    public IReadOnlyList<string> Networks { get; init; } = ["samenet"];

    /// <summary>Whether the kernel's watchdog guards the leader. Default off.</summary>
    public PatroniWatchdog Watchdog { get; init; } = PatroniWatchdog.Off;
}

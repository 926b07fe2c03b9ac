namespace HaPgAspire.Hosting;

/// <summary>One etcd member as the others see it.</summary>
public sealed record EtcdMember
{
    /// <summary>The member's name in etcd.</summary>
    public required string Name { get; init; }

    /// <summary>The name or address that members and clients reach it by.</summary>
    public required string Host { get; init; }

    /// <summary>The port for clients.</summary>
    public int ClientPort { get; init; } = 2379;

    /// <summary>The port for the other members.</summary>
    public int PeerPort { get; init; } = 2380;

    /// <summary>The address that both ports listen on.</summary>
    public string ListenAddress { get; init; } = "0.0.0.0";
}

namespace HaPgAspire.Hosting;

/// <summary>One etcd member in a container.</summary>
/// <param name="name">The resource's name, which is also the member's name in etcd and on the network.</param>
public class EtcdMemberResource(string name) : ContainerResource(name)
{
    internal const string ClientEndpointName = "client";
    internal const int ClientPort = 2379;

    private EndpointReference? _client;

    /// <summary>The endpoint for clients (HTTP and gRPC on one port).</summary>
    public EndpointReference ClientEndpoint => _client ??= new(this, ClientEndpointName);

    /// <summary>The member as the others see it on the containers' network.</summary>
    public EtcdMember Member => new() { Name = Name, Host = Name };
}

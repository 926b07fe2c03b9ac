using System.Net;
using System.Net.Sockets;
using HaPgAspire.LocalHosting.Running;

namespace HaPgAspire.UnitTests.LocalHosting;

public sealed class EndpointAllocationTests
{
    private static readonly NetworkIdentifier ContainerNetwork = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;

    [Fact]
    public void A_container_is_reached_by_its_name_from_containers_and_by_a_port_of_its_own_from_the_host()
    {
        var container = Container("server", targetPort: 5432);

        EndpointAllocation.Allocate([container], randomizePorts: false);

        var endpoint = container.GetEndpoint("e");
        Assert.Equal("127.0.0.1", endpoint.Host);
        Assert.InRange(endpoint.Port, 10_000, 32_767);
        var inside = container.GetEndpoint("e", ContainerNetwork);
        Assert.Equal(("server", 5432), (inside.Host, inside.Port));
    }

    [Fact]
    public void Every_endpoint_gets_another_port()
    {
        ContainerResource[] containers = [.. Enumerable.Range(1, 200).Select(i => Container($"c{i}", targetPort: 80))];

        EndpointAllocation.Allocate(containers, randomizePorts: false);

        Assert.Equal(containers.Length, containers.Select(c => c.GetEndpoint("e").Port).Distinct().Count());
    }

    [Fact]
    public void A_fixed_port_that_is_in_use_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = Assert.Throws<DistributedApplicationException>(() => EndpointAllocation.Allocate([Container("server", 80, port)], randomizePorts: false));

        Assert.Equal($"Port {port} of endpoint 'e' of resource 'server' is in use on this machine; free it or give the endpoint another one.", error.Message);
    }

    [Fact]
    public void A_fixed_port_is_given_once()
    {
        var port = FreePort();

        Assert.Throws<DistributedApplicationException>(() => EndpointAllocation.Allocate([Container("a", 80, port), Container("b", 80, port)], randomizePorts: false));
    }

    [Fact]
    public void Proxied_endpoints_give_way_when_ports_are_randomized()
    {
        var port = FreePort();
        var proxied = Container("a", 80, port, isProxied: true);
        var own = Container("b", 80, port);

        EndpointAllocation.Allocate([proxied, own], randomizePorts: true);

        Assert.NotEqual(port, proxied.GetEndpoint("e").Port);
        Assert.Equal(port, own.GetEndpoint("e").Port);
    }

    [Fact]
    public void A_container_must_say_where_it_listens() =>
        Assert.Throws<DistributedApplicationException>(() => EndpointAllocation.Allocate([Container("a", targetPort: null, isProxied: true)], randomizePorts: false));

    [Fact]
    public async Task A_process_listens_on_the_port_that_clients_use()
    {
        var process = new ExecutableResource("tool", "true", ".");
        process.Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, uriScheme: "http"));

        EndpointAllocation.Allocate([process], randomizePorts: false);

        var endpoint = process.GetEndpoint("http");
        Assert.Equal("localhost", endpoint.Host);
        Assert.Equal(
            endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            await endpoint.Property(EndpointProperty.TargetPort).GetValueAsync(TestContext.Current.CancellationToken));
    }

    private static ContainerResource Container(string name, int? targetPort, int? port = null, bool isProxied = false)
    {
        var container = new ContainerResource(name);
        container.Annotations.Add(new ContainerImageAnnotation { Image = "image" });
        container.Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, name: "e", port: port, targetPort: targetPort, isProxied: isProxied));
        return container;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

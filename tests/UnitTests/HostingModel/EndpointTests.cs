using System.Net.Sockets;

namespace HaPgAspire.UnitTests.HostingModel;

public sealed class EndpointTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Without_a_proxy_the_ports_stand_in_for_each_other()
    {
        Assert.Equal((80, 80), Ports(port: 80, targetPort: null, isProxied: false));
        Assert.Equal((8080, 8080), Ports(port: null, targetPort: 8080, isProxied: false));
        Assert.Equal((80, 8080), Ports(port: 80, targetPort: 8080, isProxied: false));
        Assert.Equal((null, 8080), Ports(port: null, targetPort: 8080, isProxied: true));
        Assert.Equal((80, null), Ports(port: 80, targetPort: null, isProxied: true));
    }

    [Fact]
    public void The_name_is_the_scheme_and_the_scheme_is_the_protocol_unless_given()
    {
        var plain = new EndpointAnnotation(ProtocolType.Tcp);
        var http = new EndpointAnnotation(ProtocolType.Tcp, uriScheme: "https");

        Assert.Equal(("tcp", "tcp", "tcp", false), (plain.Name, plain.UriScheme, plain.Transport, plain.TlsEnabled));
        Assert.Equal(("https", "https", "http", true), (http.Name, http.UriScheme, http.Transport, http.TlsEnabled));
    }

    [Fact]
    public void An_endpoint_of_the_same_name_is_changed()
    {
        var container = _builder.AddContainer("one", "image").WithEndpoint(targetPort: 1, name: "e").WithEndpoint(port: 2, name: "e", isProxied: false);

        var endpoint = Assert.Single(container.Resource.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal((2, 1, false), (endpoint.Port, endpoint.TargetPort, endpoint.IsProxied));
    }

    [Fact]
    public async Task A_reference_resolves_on_the_network_it_is_used_in()
    {
        var server = _builder.AddContainer("server", "image").WithEndpoint(targetPort: 5432, name: "tcp");
        var client = _builder.AddContainer("client", "image").Resource;
        var reference = server.GetEndpoint("tcp");
        var endpoint = reference.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 15432);
        var network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
        var hostAndPort = ReferenceExpression.Create($"{reference.Property(EndpointProperty.Host)}:{reference.Property(EndpointProperty.Port)}");

        Assert.Equal("localhost:15432", await hostAndPort.GetValueAsync(Token));
        Assert.Equal("tcp://localhost:15432", reference.Url);
        Assert.Equal("5432", await reference.Property(EndpointProperty.TargetPort).GetValueAsync(Token));

        var fromContainer = reference.Property(EndpointProperty.HostAndPort).GetValueAsync(new ValueProviderContext { Caller = client, Network = network }, Token).AsTask();
        Assert.False(fromContainer.IsCompleted);
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(network, OnNetwork(endpoint, "server", 5432, network));
        Assert.Equal("server:5432", await fromContainer);
    }

    [Fact]
    public void The_manifest_names_the_binding()
    {
        IManifestExpressionProvider reference = _builder.AddContainer("one", "image").WithHttpEndpoint(targetPort: 80).GetEndpoint("http");

        Assert.Equal("{one.bindings.http.url}", reference.ValueExpression);
        Assert.Equal(
            "{one.bindings.http.host}:{one.bindings.http.port}",
            ((EndpointReference)reference).Property(EndpointProperty.HostAndPort).ValueExpression);
    }

    [Fact]
    public void What_is_not_there_is_said_so()
    {
        var container = _builder.AddContainer("one", "image").WithHttpEndpoint(targetPort: 80, name: "web");

        Assert.False(container.GetEndpoint("other").Exists);
        Assert.Contains("`web`", Assert.Throws<InvalidOperationException>(() => container.GetEndpoint("other").Scheme).Message, StringComparison.Ordinal);
        Assert.False(container.GetEndpoint("web").IsAllocated);
        Assert.Throws<InvalidOperationException>(() => container.GetEndpoint("web").Port);
    }

    private static (int? Port, int? TargetPort) Ports(int? port, int? targetPort, bool isProxied)
    {
        var endpoint = new EndpointAnnotation(ProtocolType.Tcp, port: port, targetPort: targetPort, isProxied: isProxied);
        return (endpoint.Port, endpoint.TargetPort);
    }

    private static AllocatedEndpoint OnNetwork(EndpointAnnotation endpoint, string address, int port, NetworkIdentifier network) =>
        new(endpoint, address, port, EndpointBindingMode.SingleAddress, null, network);
}

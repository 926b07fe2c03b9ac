using System.Globalization;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Gives every endpoint its addresses: one on this machine, one on the containers' network.</summary>
internal static class EndpointAllocation
{
    /// <summary>Published container ports are bound to this address only.</summary>
    public const string HostAddress = "127.0.0.1";

    /// <param name="resources">All resources of the application.</param>
    /// <param name="randomizePorts">Proxied endpoints get any port, whatever they ask for: several app hosts under test run side by side.</param>
    /// <exception cref="DistributedApplicationException">A port that an endpoint asks for is not to be had.</exception>
    public static void Allocate(IEnumerable<IResource> resources, bool randomizePorts)
    {
        var ports = new PortAllocator();
        var endpoints = resources.SelectMany(r => r.Annotations.OfType<EndpointAnnotation>().Select(e => (Resource: r, Endpoint: e))).ToArray();

        // Those that insist on a port come first.
        foreach (var (resource, endpoint) in endpoints.OrderBy(e => FixedPort(e.Resource, e.Endpoint, randomizePorts) is null))
        {
            var port = FixedPort(resource, endpoint, randomizePorts) is { } wanted ? ports.Take(resource, endpoint, wanted) : ports.TakeAny(endpoint);
            if (resource.IsContainer())
            {
                AllocateContainer(resource, endpoint, port);
            }
            else
            {
                AllocateProcess(endpoint, port);
            }
        }
    }

    private static int? FixedPort(IResource resource, EndpointAnnotation endpoint, bool randomizePorts)
    {
        if (randomizePorts && endpoint.IsProxied)
        {
            return null;
        }

        // A process listens on the port itself, for want of a proxy; where it was told which, that is the one.
        var port = resource.IsContainer() ? endpoint.SpecifiedPort : endpoint.TargetPort ?? endpoint.Port;
        return port is 0 ? null : port;
    }

    private static void AllocateContainer(IResource resource, EndpointAnnotation endpoint, int hostPort)
    {
        if (endpoint.TargetPort is not (> 0 and var targetPort))
        {
            throw new DistributedApplicationException($"The endpoint '{endpoint.Name}' for container resource '{resource.Name}' must specify the TargetPort value.");
        }

        if (!endpoint.IsProxied)
        {
            endpoint.Port = hostPort;
            endpoint.TargetPort = targetPort;
        }

        var expression = targetPort.ToString(CultureInfo.InvariantCulture);
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, HostAddress, hostPort, expression);
        Add(endpoint, resource.Name, targetPort, expression);
    }

    private static void AllocateProcess(EndpointAnnotation endpoint, int port)
    {
        var expression = port.ToString(CultureInfo.InvariantCulture);
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, KnownHostNames.Localhost, port, expression);
        Add(endpoint, KnownHostNames.DockerDesktopHostBridge, port, expression);
    }

    private static void Add(EndpointAnnotation endpoint, string host, int port, string targetPort)
    {
        var network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
        endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(network, new AllocatedEndpoint(endpoint, host, port, EndpointBindingMode.SingleAddress, targetPort, network));
    }
}

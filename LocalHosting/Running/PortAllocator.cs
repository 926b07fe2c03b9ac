using System.Net;
using System.Net.Sockets;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Gives endpoints ports of this machine, each port once.</summary>
internal sealed class PortAllocator
{
    /// <summary>Below the ranges from which Linux (32768) and Windows (49152) take ports for outgoing connections, so that none of those gets in between.</summary>
    private const int First = 10_000;
    private const int Last = 32_767;

    private readonly HashSet<int> _taken = [];

    /// <exception cref="DistributedApplicationException">The port is given to another endpoint, or in use on this machine.</exception>
    public int Take(IResource resource, EndpointAnnotation endpoint, int port)
    {
        if (!_taken.Add(port))
        {
            throw new DistributedApplicationException($"Port {port} of endpoint '{endpoint.Name}' of resource '{resource.Name}' is also the port of another endpoint; give one of them another.");
        }

        return IsFree(port, endpoint.Protocol)
            ? port
            : throw new DistributedApplicationException($"Port {port} of endpoint '{endpoint.Name}' of resource '{resource.Name}' is in use on this machine; free it or give the endpoint another one.");
    }

    /// <exception cref="DistributedApplicationException">No port is free.</exception>
    public int TakeAny(EndpointAnnotation endpoint)
    {
        for (var attempt = 0; attempt <= Last - First; attempt++)
        {
            var port = Random.Shared.Next(First, Last + 1);
            if (!_taken.Contains(port) && IsFree(port, endpoint.Protocol))
            {
                _taken.Add(port);
                return port;
            }
        }

        throw new DistributedApplicationException($"No free port between {First} and {Last} was found on this machine.");
    }

    private static bool IsFree(int port, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            if (protocol == ProtocolType.Tcp)
            {
                // A port that only has connections left in TIME_WAIT can be bound; one that is listened on cannot be listened on again.
                socket.Listen(1);
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace HaPgAspire.Hosting;

/// <summary>Finds out before the start whether the front door's fixed ports are free: an engine says it late, and less clearly.</summary>
internal static class HostPorts
{
    /// <exception cref="ClusterException">Something listens on one of the ports already.</exception>
    public static void ThrowIfTaken(IEnumerable<PatroniClusterResource> clusters)
    {
        foreach (PatroniClusterResource cluster in clusters.Where(cluster => cluster.HAProxy is not null))
        {
            HAProxyOptions options = cluster.Options.HAProxy;
            ThrowIfTaken(options.ReadWritePort, nameof(HAProxyOptions.ReadWritePort));
            ThrowIfTaken(options.ReadOnlyPort, nameof(HAProxyOptions.ReadOnlyPort));
            ThrowIfTaken(options.StatisticsPort, nameof(HAProxyOptions.StatisticsPort));
        }
    }

    private static void ThrowIfTaken(int port, string option)
    {
        if (port == 0)
        {
            return;
        }

        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new ClusterException(
                FormattableString.Invariant($"Port {port} of this machine is in use; end what listens there, or choose another with --{ClusterOptions.SectionName}:HAProxy:{option}=… (0 takes any free one)."),
                taken);
        }
    }
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Which addresses the machines of the target Azure get. They are fixed, since they stand in the machines' configuration. Azure keeps the first four and the
/// last address of a subnet to itself.
/// </summary>
internal sealed class AzureAddressPlan
{
    private const int FirstMachine = 11;
    private const int FrontDoorHost = 10;

    private readonly uint _network;

    private AzureAddressPlan(IPNetwork network)
    {
        AddressSpace = network.ToString();
        _network = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes());
    }

    /// <summary>Cuts an address space into subnets.</summary>
    /// <param name="addressSpace">The network in CIDR notation.</param>
    /// <param name="plan">The plan.</param>
    /// <returns>False when it is not an IPv4 network with a prefix of 8 to 20.</returns>
    public static bool TryCreate(string addressSpace, [NotNullWhen(true)] out AzureAddressPlan? plan)
    {
        plan = IPNetwork.TryParse(addressSpace, out IPNetwork network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && network.PrefixLength is >= 8 and <= 20
            ? new AzureAddressPlan(network)
            : null;
        return plan is not null;
    }

    public string AddressSpace { get; }

    public string Data => Subnet(1);

    public string Etcd => Subnet(2);

    public string Proxy => Subnet(3);

    public string Apps => Subnet(4);

    /// <summary>Azure Bastion wants a <c>/26</c> or larger.</summary>
    public string Bastion => $"{Address(5, 0)}/26";

    public string FrontDoor => Address(3, FrontDoorHost);

    public string DataNode(int index) => Address(1, FirstMachine + index);

    public string EtcdMember(int index) => Address(2, FirstMachine + index);

    public string ProxyMachine(int index) => Address(3, FirstMachine + index);

    private string Subnet(int number) => $"{Address(number, 0)}/24";

    private string Address(int subnet, int host)
    {
        uint address = _network + ((uint)subnet << 8) + (uint)host;
        return string.Create(CultureInfo.InvariantCulture, $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");
    }
}

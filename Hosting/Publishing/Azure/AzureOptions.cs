namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The settings of the target Azure, in the section <c>Publish:Azure</c>. Sizes, disks and Azure Bastion can still be changed for one environment
/// with <c>azd env set</c>; the published parameters name the variables.
/// </summary>
public sealed record AzureOptions
{
    /// <summary>The name of the azd project. Default <c>postgres-ha</c>. Lower-case letters, digits and <c>-</c>, starting with a letter.</summary>
    public string ProjectName { get; init; } = "postgres-ha";

    /// <summary>
    /// The address space of the virtual network, from which each kind of machine takes a <c>/24</c>. Default <c>10.40.0.0/16</c>. An IPv4 network with a
    /// prefix of 8 to 20.
    /// </summary>
    public string AddressSpace { get; init; } = "10.40.0.0/16";

    /// <summary>The availability zones that machines are dealt out to in turn, separated by commas. Default <c>1,2,3</c>. Empty for a region without zones.</summary>
    public string Zones { get; init; } = "1,2,3";

    /// <summary>The number of etcd members, each on a machine of its own. Default 3, so that a zone can be lost. 1, 3, 5 or 7.</summary>
    public int EtcdMembers { get; init; } = 3;

    /// <summary>The number of machines with HAProxy behind the load balancer. Default 2. 1 to 8.</summary>
    public int Proxies { get; init; } = 2;

    /// <summary>The size of a data node. Default <c>Standard_D4s_v5</c> (4 vCPU, 16 GiB).</summary>
    public string DataNodeSize { get; init; } = "Standard_D4s_v5";

    /// <summary>The size of an etcd machine. Default <c>Standard_D2s_v5</c> (2 vCPU, 8 GiB).</summary>
    public string EtcdSize { get; init; } = "Standard_D2s_v5";

    /// <summary>The size of a machine with HAProxy. Default <c>Standard_D2s_v5</c> (2 vCPU, 8 GiB).</summary>
    public string ProxySize { get; init; } = "Standard_D2s_v5";

    /// <summary>Gibibytes of a data node's disk. Default 128. 32 to 32767.</summary>
    public int DataDiskSizeGb { get; init; } = 128;

    /// <summary>The name of the machines' administrator. Default <c>azureuser</c>.</summary>
    public string AdminUserName { get; init; } = "azureuser";

    /// <summary>Whether Azure Bastion is made, the only way to a machine's SSH. Default false: the serial console and run-command remain.</summary>
    public bool Bastion { get; init; }

    /// <summary>Whether the pages of the projects can be reached from the internet. Default false: from the virtual network only.</summary>
    public bool PublicPages { get; init; }
}

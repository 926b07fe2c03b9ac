namespace HaPgAspire.Hosting.Publishing;

/// <summary>The certificates of a cluster on machines: for each machine a folder, and in it one for each of its roles.</summary>
internal static class VmCertificates
{
    /// <summary>The folder of a client that watches the cluster from elsewhere, such as the probe.</summary>
    public const string Observer = "observer";

    /// <summary>The list for <c>make-certificates.sh</c>.</summary>
    public static CertificateList List(VmCluster cluster, VmInventory inventory)
    {
        var list = new CertificateList(cluster.Scope, cluster.Options.Certificates);
        string[] shared = [.. inventory.VirtualAddress is { } address ? [address[..address.IndexOf('/', StringComparison.Ordinal)]] : Array.Empty<string>(), .. cluster.FrontDoors];
        string[] frontDoors = [.. inventory.With(VmRole.HAProxy).SelectMany(proxy => new[] { proxy.Name, proxy.Address }), .. shared];
        foreach (VmMachine machine in inventory.Machines)
        {
            if (machine.Has(VmRole.Data))
            {
                list.Add(Folder(machine, VmRole.Data), ComponentCertificates.OfNode(cluster.Options, VmMachineFiles.Member(machine), frontDoors, cluster.Scope));
            }

            if (machine.Has(VmRole.Etcd))
            {
                list.Add(Folder(machine, VmRole.Etcd), ComponentCertificates.OfEtcd(cluster.Options, VmMachineFiles.EtcdMember(machine)));
            }

            if (machine.Has(VmRole.HAProxy))
            {
                list.Add(Folder(machine, VmRole.HAProxy), ComponentCertificates.OfHAProxy(cluster.Options, [machine.Name, machine.Address, .. shared]));
            }
        }

        list.Add(Observer, ComponentCertificates.OfObserver);
        return list;
    }

    private static string Folder(VmMachine machine, VmRole role) => $"{machine.Name}/{VmInventoryWriter.Name(role)}";
}

using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing.Vms;

/// <summary>Clusters and inventories that the tests publish.</summary>
internal static class VmSample
{
    /// <summary>Passwords that cannot be mistaken for anything else.</summary>
    public static string Secrets { get; } = string.Concat(VmPublisher.SecretNames(new ClusterOptions { Tls = true }).Select(name => $"{name}={Password(name)}\n"));

    public static VmCluster Cluster { get; } = new() { Scope = "postgres", Options = new ClusterOptions { Tls = true }, Databases = ["appdb"] };

    /// <summary>Everything that can be chosen, chosen.</summary>
    public static VmInventory Everything { get; } = new()
    {
        System = VmOperatingSystem.Debian13,
        Packages = VmPackageSource.Distribution,
        Clients = ["10.1.0.0/16"],
        Monitors = ["10.0.9.7"],
        VirtualAddress = "10.0.0.30/24",
        Machines =
        [
            new() { Name = "db1", Address = "10.0.0.11", Roles = [VmRole.Data, VmRole.Etcd], DataDisk = "/dev/disk/azure/scsi1/lun0" },
            new() { Name = "db2", Address = "10.0.0.12", Roles = [VmRole.Data, VmRole.Etcd] },
            new() { Name = "db3", Address = "10.0.0.13", Roles = [VmRole.Data, VmRole.Etcd] },
            new() { Name = "door1", Address = "10.0.0.31", Roles = [VmRole.HAProxy] },
            new() { Name = "door2", Address = "10.0.0.32", Roles = [VmRole.HAProxy] },
        ],
    };

    public static string Password(string name) => "known-" + name.Replace('_', '-');
}

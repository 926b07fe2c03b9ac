namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The machines that the cluster is published to. Read from a YAML file by <see cref="VmInventoryReader"/>; the rules are in
/// <see cref="VmInventoryValidation"/>.
/// </summary>
public sealed record VmInventory
{
    /// <summary>The operating system of all machines. Default Ubuntu 24.04.</summary>
    public VmOperatingSystem System { get; init; } = VmOperatingSystem.Ubuntu2404;

    /// <summary>PostgreSQL's major version. Default 17. 16 or 17; the distribution's packages leave no choice.</summary>
    public int PostgresVersion { get; init; } = 17;

    /// <summary>Where PostgreSQL and Patroni come from. Default <see cref="VmPackageSource.Pgdg"/>.</summary>
    public VmPackageSource Packages { get; init; } = VmPackageSource.Pgdg;

    /// <summary>Networks whose clients may use HAProxy's read-write and read-only ports. Default: any (<c>0.0.0.0/0</c>).</summary>
    public IReadOnlyList<string> Clients { get; init; } = ["0.0.0.0/0"];

    /// <summary>
    /// Networks that may also reach HAProxy's statistics, Patroni's REST API, etcd and PostgreSQL itself: the probe, a load balancer's health checks. Default none;
    /// the cluster's own machines always may.
    /// </summary>
    public IReadOnlyList<string> Monitors { get; init; } = [];

    /// <summary>
    /// The address, with prefix length, that two or more HAProxy machines share through keepalived. Default none.
    /// </summary>
    public string? VirtualAddress { get; init; }

    /// <summary>The machines, in the order in which they are published.</summary>
    public required IReadOnlyList<VmMachine> Machines { get; init; }

    /// <summary>The machines with a role.</summary>
    /// <param name="role">The role.</param>
    /// <returns>In the inventory's order.</returns>
    public IReadOnlyList<VmMachine> With(VmRole role) => [.. Machines.Where(machine => machine.Has(role))];

    /// <summary>
    /// The guide's machines with addresses in 10.0.0.0/24: data nodes from 10.0.0.11, etcd from 10.0.0.21, HAProxy from 10.0.0.31.
    /// </summary>
    /// <param name="dataNodes">Names of the data nodes. Default: data-node1 to data-node3.</param>
    /// <param name="etcdMembers">Names of the etcd members. Default: etcd.</param>
    /// <param name="proxies">Names of the HAProxy machines. Default: haproxy.</param>
    /// <returns>The inventory.</returns>
    public static VmInventory Guide(
        IReadOnlyList<string>? dataNodes = null, IReadOnlyList<string>? etcdMembers = null, IReadOnlyList<string>? proxies = null) => new()
        {
            Machines =
            [
                .. Numbered(dataNodes ?? ["data-node1", "data-node2", "data-node3"], VmRole.Data, 11),
                .. Numbered(etcdMembers ?? ["etcd"], VmRole.Etcd, 21),
                .. Numbered(proxies ?? ["haproxy"], VmRole.HAProxy, 31),
            ],
        };

    private static IEnumerable<VmMachine> Numbered(IReadOnlyList<string> names, VmRole role, int first) =>
        names.Select((name, index) => new VmMachine { Name = name, Address = FormattableString.Invariant($"10.0.0.{first + index}"), Roles = [role] });
}

namespace HaPgAspire.Hosting.Publishing;

/// <summary>One machine of the inventory.</summary>
public sealed record VmMachine
{
    /// <summary>The host name, which is also the member's name in Patroni, etcd and HAProxy.</summary>
    public required string Name { get; init; }

    /// <summary>The fixed IPv4 address that the other machines reach it by.</summary>
    public required string Address { get; init; }

    /// <summary>What it does; at least one role.</summary>
    public required IReadOnlyList<VmRole> Roles { get; init; }

    /// <summary>
    /// The block device for PostgreSQL's data (a path below <c>/dev</c>), formatted when it is empty and mounted at <c>/var/lib/postgresql</c> by cloud-init.
    /// None by default: the data is on the root file system.
    /// </summary>
    public string? DataDisk { get; init; }

    /// <summary>Whether the machine has a role.</summary>
    /// <param name="role">The role.</param>
    /// <returns>True when it has.</returns>
    public bool Has(VmRole role) => Roles.Contains(role);
}

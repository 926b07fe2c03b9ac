using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing.Vms;

public sealed class VmInventoryReaderTests
{
    private const string Valid = """
        os: debian-13
        postgres: 17
        packages: distribution
        clients: [10.1.0.0/16, 10.2.0.9]
        monitors: [10.0.9.0/24]
        virtualAddress: 10.0.0.30/24
        machines:
          - name: data-node1
            address: 10.0.0.11
            roles: [data, etcd]
            dataDisk: /dev/sdb
          - name: data-node2
            address: 10.0.0.12
            roles: [data, etcd]
          - name: data-node3
            address: 10.0.0.13
            roles: [data, etcd]
          - name: haproxy1
            address: 10.0.0.31
            roles: haproxy
          - name: haproxy2
            address: 10.0.0.32
            roles: haproxy
        """;

    [Fact]
    public void A_valid_inventory_is_read_as_it_is_written()
    {
        VmInventory inventory = VmInventoryReader.Read(Valid, "inventory.yaml");

        Assert.Equal(VmOperatingSystem.Debian13, inventory.System);
        Assert.Equal(17, inventory.PostgresVersion);
        Assert.Equal(VmPackageSource.Distribution, inventory.Packages);
        Assert.Equal(["10.1.0.0/16", "10.2.0.9"], inventory.Clients);
        Assert.Equal(["10.0.9.0/24"], inventory.Monitors);
        Assert.Equal("10.0.0.30/24", inventory.VirtualAddress);
        Assert.Equal(["data-node1", "data-node2", "data-node3"], inventory.With(VmRole.Etcd).Select(machine => machine.Name));
        Assert.Equal(["10.0.0.31", "10.0.0.32"], inventory.With(VmRole.HAProxy).Select(machine => machine.Address));
        Assert.Equal("/dev/sdb", inventory.Machines[0].DataDisk);
    }

    [Fact]
    public void The_published_inventory_reads_back_as_the_same_inventory()
    {
        VmInventory inventory = VmInventoryReader.Read(Valid, "inventory.yaml");
        var cluster = new VmCluster { Scope = "postgres", Options = new ClusterOptions() };
        string written = VmPublisher.Files(cluster, inventory, null).Single(file => file.Path == "inventory.yaml").Text;

        Assert.Equivalent(inventory, VmInventoryReader.Read(written, "inventory.yaml"), strict: true);
    }

    [Fact]
    public void Ubuntu_with_postgresqls_own_archive_is_the_default()
    {
        VmInventory inventory = VmInventoryReader.Read(Machines("a data", "b data", "c etcd", "d haproxy"), "i");

        Assert.Equal(VmOperatingSystem.Ubuntu2404, inventory.System);
        Assert.Equal(VmPackageSource.Pgdg, inventory.Packages);
        Assert.Equal(17, inventory.PostgresVersion);
        Assert.Equal(["0.0.0.0/0"], inventory.Clients);
        Assert.Empty(inventory.Monitors);
    }

    [Theory]
    // Where it is written.
    [InlineData("packages: distribution\n", "pakages: distribution\n", "inventory.yaml(3,1): unknown key 'pakages' (known here: os, postgres, packages, clients, monitors, virtualAddress, machines)")]
    [InlineData("    address: 10.0.0.12\n", "    adress: 10.0.0.12\n", "inventory.yaml(13,5): unknown key 'adress' (known here: name, address, roles, dataDisk)")]
    [InlineData("    address: 10.0.0.12\n", "", "inventory.yaml(12,5): the machine 'data-node2' has no 'address'")]
    [InlineData("os: debian-13", "os: debian-12", "inventory.yaml(1,5): 'os' is 'debian-12' and must be one of ubuntu-24.04, debian-13")]
    [InlineData("postgres: 17", "postgres: seventeen", "inventory.yaml(2,11): 'postgres' is 'seventeen' and must be a whole number")]
    [InlineData("roles: [data, etcd]\n    dataDisk", "roles: [data, ectd]\n    dataDisk", "inventory.yaml(10,19): 'roles' is 'ectd' and must be one of data, etcd, haproxy")]
    [InlineData("clients: [10.1.0.0/16, 10.2.0.9]", "clients: 10.1.0.0/16", "inventory.yaml(4,10): 'clients' is a list: write it as [10.0.0.0/24]")]
    [InlineData("machines:\n", "machines: none\nold:\n", "inventory.yaml(7,11): 'machines' is missing or not a list")]
    [InlineData("os: debian-13", "os: [debian-13", "inventory.yaml(1,1): this is not YAML")]
    [InlineData("postgres: 17", "postgres: 17\n  packages: x", "inventory.yaml(3,11): ")]
    // What it says.
    [InlineData("name: data-node2", "name: data-node1", "inventory.yaml(12,11): the name 'data-node1' is used twice")]
    [InlineData("name: data-node2", "name: Data_Node2", "inventory.yaml(12,11): 'Data_Node2' is not a name for a machine")]
    [InlineData("address: 10.0.0.12", "address: 10.0.0.11", "inventory.yaml(13,14): the address 10.0.0.11 is already that of 'data-node1'")]
    [InlineData("address: 10.0.0.12", "address: 10.0.0.300", "inventory.yaml(13,14): '10.0.0.300' is not an IPv4 address of a machine")]
    [InlineData("address: 10.0.0.12", "address: 10.12", "inventory.yaml(13,14): '10.12' is not an IPv4 address of a machine")]
    [InlineData("address: 10.0.0.12", "address: 127.0.0.1", "inventory.yaml(13,14): '127.0.0.1' is not an IPv4 address of a machine")]
    [InlineData("roles: [data, etcd]\n    dataDisk", "roles: [data, data, etcd]\n    dataDisk", "inventory.yaml(10,12): a role is named twice")]
    [InlineData("roles: [data, etcd]\n    dataDisk", "roles: [data]\n    dataDisk", "inventory.yaml(8,3): there are 2 etcd members: write 1, 3 or 5")]
    [InlineData("dataDisk: /dev/sdb", "dataDisk: /dev/../etc/passwd", "inventory.yaml(11,15): '/dev/../etc/passwd' is not a block device")]
    [InlineData("clients: [10.1.0.0/16, 10.2.0.9]", "clients: [10.1.0.0/16, 10.2.0.0/33]", "inventory.yaml(4,24): '10.2.0.0/33' is not an IPv4 address or network")]
    [InlineData("virtualAddress: 10.0.0.30/24", "virtualAddress: 10.0.0.30", "inventory.yaml(6,17): '10.0.0.30' is not an IPv4 address with a prefix length")]
    [InlineData("virtualAddress: 10.0.0.30/24", "virtualAddress: 10.0.0.31/24", "inventory.yaml(6,17): 10.0.0.31 is already the address of 'haproxy1'")]
    [InlineData("packages: distribution\n", "packages: distribution\n#", null)]
    [InlineData("postgres: 17", "postgres: 16", "inventory.yaml(2,11): Debian 13 itself has PostgreSQL 17 and no other: write 'postgres: 17', or 'packages: pgdg'")]
    [InlineData("postgres: 17", "postgres: 15", "inventory.yaml(2,11): PostgreSQL 15 is not supported: write 16 or 17")]
    public void A_wrong_inventory_is_refused_with_the_place_and_the_remedy(string text, string mistake, string? expected)
    {
        Assert.Contains(text, Valid, StringComparison.Ordinal);
        string yaml = Valid.Replace(text, mistake, StringComparison.Ordinal);
        if (expected is null)
        {
            VmInventoryReader.Read(yaml, "inventory.yaml");
            return;
        }

        ClusterException exception = Assert.Throws<ClusterException>(() => VmInventoryReader.Read(yaml, "inventory.yaml"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("there are too few data nodes (1)", "a data", "c etcd", "d haproxy")]
    [InlineData("there are 2 etcd members", "a data", "b data", "c etcd", "e etcd", "d haproxy")]
    [InlineData("there are 0 etcd members", "a data", "b data", "d haproxy")]
    [InlineData("there is no front door", "a data", "b data", "c etcd")]
    public void Too_few_machines_of_a_kind_are_refused(string expected, params string[] machines)
    {
        ClusterException exception = Assert.Throws<ClusterException>(() => VmInventoryReader.Read(Machines(machines), "i"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("i(2,1): ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shared_address_needs_two_machines_to_share_it()
    {
        ClusterException exception = Assert.Throws<ClusterException>(
            () => VmInventoryReader.Read("virtualAddress: 10.0.0.30/24\n" + Machines("a data", "b data", "c etcd", "d haproxy"), "i"));

        Assert.Equal("i(1,17): a shared address needs at least two machines with the role haproxy.", exception.Message);
    }

    [Fact]
    public void Every_fault_is_reported_at_once()
    {
        ClusterException exception = Assert.Throws<ClusterException>(() => VmInventoryReader.Read("os: beos\ncolour: red\n" + Machines("a data"), "i"));

        Assert.Contains("i(1,5): 'os' is 'beos'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("; i(2,1): unknown key 'colour'", "; " + exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("- a\n- b\n")]
    public void A_text_that_is_no_inventory_is_refused(string text)
    {
        ClusterException exception = Assert.Throws<ClusterException>(() => VmInventoryReader.Read(text, "i"));

        Assert.Equal("i(1,1): an inventory is a list of settings and has the key 'machines'.", exception.Message);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(
            () => VmInventoryReader.ReadFileAsync("/nowhere/inventory.yaml", TestContext.Current.CancellationToken));

        Assert.StartsWith("The inventory /nowhere/inventory.yaml cannot be read (", exception.Message, StringComparison.Ordinal);
    }

    private static string Machines(params string[] machines) =>
        "machines:\n" + string.Concat(machines.Select((machine, index) =>
            $"- {{name: {machine.Split(' ')[0]}, address: 10.0.0.{index + 1}, roles: {machine.Split(' ')[1]}}}\n"));
}

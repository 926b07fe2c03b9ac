using System.Text.RegularExpressions;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The rules for an inventory.</summary>
public static partial class VmInventoryValidation
{
    /// <summary>Finds what is wrong with an inventory.</summary>
    /// <param name="inventory">The inventory.</param>
    /// <returns>One entry for each fault; none when all is well.</returns>
    public static IReadOnlyList<VmInventoryError> Validate(VmInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        var errors = new List<VmInventoryError>();
        ValidatePackages(inventory, errors);
        ValidateNetworks("clients", inventory.Clients, errors);
        ValidateNetworks("monitors", inventory.Monitors, errors);
        ValidateMachines(inventory, errors);
        ValidateNumbers(inventory, errors);
        ValidateVirtualAddress(inventory, errors);
        return errors;
    }

    /// <summary>Refuses an inventory that cannot be used.</summary>
    /// <param name="inventory">The inventory.</param>
    /// <exception cref="ClusterException">Something is wrong; the message names each fault.</exception>
    public static void ThrowIfInvalid(VmInventory inventory)
    {
        IReadOnlyList<VmInventoryError> errors = Validate(inventory);
        if (errors.Count > 0)
        {
            throw new ClusterException(string.Join("; ", errors.Select(error => $"inventory {error.Path}: {error.Message}")) + ".");
        }
    }

    private static void ValidatePackages(VmInventory inventory, List<VmInventoryError> errors)
    {
        if (inventory.PostgresVersion is not (16 or 17))
        {
            errors.Add(new("postgres", FormattableString.Invariant($"PostgreSQL {inventory.PostgresVersion} is not supported: write 16 or 17")));
        }
        else if (inventory.Packages == VmPackageSource.Distribution)
        {
            (string name, int version) = inventory.System == VmOperatingSystem.Debian13 ? ("Debian 13", 17) : ("Ubuntu 24.04", 16);
            if (inventory.PostgresVersion != version)
            {
                errors.Add(new("postgres", FormattableString.Invariant(
                    $"{name} itself has PostgreSQL {version} and no other: write 'postgres: {version}', or 'packages: pgdg'")));
            }
        }
    }

    private static void ValidateNetworks(string path, IReadOnlyList<string> networks, List<VmInventoryError> errors)
    {
        for (int index = 0; index < networks.Count; index++)
        {
            if (!VmAddress.IsNetwork(networks[index]))
            {
                errors.Add(new(FormattableString.Invariant($"{path}[{index}]"), $"'{networks[index]}' is not an IPv4 address or network: write it as 10.0.0.7 or 10.0.0.0/24"));
            }
        }
    }

    private static void ValidateMachines(VmInventory inventory, List<VmInventoryError> errors)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var addresses = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int index = 0; index < inventory.Machines.Count; index++)
        {
            VmMachine machine = inventory.Machines[index];
            string path = FormattableString.Invariant($"machines[{index}]");
            if (!ClusterOptionsValidation.IsNodeName(machine.Name))
            {
                errors.Add(new($"{path}.name", $"'{machine.Name}' is not a name for a machine: use 1 to 63 lower-case letters, digits and '-', starting with a letter and not ending in '-'"));
            }
            else if (!names.TryAdd(machine.Name, index))
            {
                errors.Add(new($"{path}.name", $"the name '{machine.Name}' is used twice: give every machine its own"));
            }

            if (!VmAddress.IsMachineAddress(machine.Address))
            {
                errors.Add(new($"{path}.address", $"'{machine.Address}' is not an IPv4 address of a machine: write it as 10.0.0.11"));
            }
            else if (!addresses.TryAdd(machine.Address, machine.Name))
            {
                errors.Add(new($"{path}.address", $"the address {machine.Address} is already that of '{addresses[machine.Address]}'"));
            }

            if (machine.Roles.Count == 0)
            {
                errors.Add(new($"{path}.roles", "a machine needs a role: data, etcd or haproxy"));
            }
            else if (machine.Roles.Distinct().Count() != machine.Roles.Count)
            {
                errors.Add(new($"{path}.roles", "a role is named twice"));
            }

            ValidateDataDisk(machine, path, errors);
        }
    }

    private static void ValidateDataDisk(VmMachine machine, string path, List<VmInventoryError> errors)
    {
        if (machine.DataDisk is null)
        {
            return;
        }

        if (!DevicePattern().IsMatch(machine.DataDisk))
        {
            errors.Add(new($"{path}.dataDisk", $"'{machine.DataDisk}' is not a block device: write a path such as /dev/disk/azure/scsi1/lun0"));
        }
        else if (!machine.Has(VmRole.Data))
        {
            errors.Add(new($"{path}.dataDisk", "only a machine with the role data takes a data disk"));
        }
    }

    private static void ValidateNumbers(VmInventory inventory, List<VmInventoryError> errors)
    {
        int data = inventory.With(VmRole.Data).Count;
        if (data < ClusterOptionsValidation.Nodes.Least)
        {
            errors.Add(new("machines", FormattableString.Invariant(
                $"there are too few data nodes ({data}): a cluster that can fail over needs at least {ClusterOptionsValidation.Nodes.Least} machines with the role data, better 3")));
        }
        else if (data > ClusterOptionsValidation.Nodes.Most)
        {
            errors.Add(new("machines", FormattableString.Invariant($"there are too many data nodes ({data}): at most {ClusterOptionsValidation.Nodes.Most}")));
        }

        int etcd = inventory.With(VmRole.Etcd).Count;
        if (etcd is not (1 or 3 or 5))
        {
            errors.Add(new("machines", FormattableString.Invariant(
                $"there are {etcd} etcd members: write 1, 3 or 5 machines with the role etcd (an even number tolerates no more losses than one member fewer)")));
        }

        if (inventory.With(VmRole.HAProxy).Count == 0)
        {
            errors.Add(new("machines", "there is no front door: write one or two machines with the role haproxy"));
        }
    }

    private static void ValidateVirtualAddress(VmInventory inventory, List<VmInventoryError> errors)
    {
        if (inventory.VirtualAddress is not { } address)
        {
            return;
        }

        if (!VmAddress.IsInterfaceAddress(address))
        {
            errors.Add(new("virtualAddress", $"'{address}' is not an IPv4 address with a prefix length: write it as 10.0.0.30/24"));
            return;
        }

        if (inventory.With(VmRole.HAProxy).Count < 2)
        {
            errors.Add(new("virtualAddress", "a shared address needs at least two machines with the role haproxy"));
        }

        string host = address[..address.IndexOf('/', StringComparison.Ordinal)];
        if (inventory.Machines.FirstOrDefault(machine => machine.Address == host) is { } owner)
        {
            errors.Add(new("virtualAddress", $"{host} is already the address of '{owner.Name}'"));
        }
    }

    [GeneratedRegex(@"\A/dev/[A-Za-z0-9][A-Za-z0-9._/:-]{0,200}\z")]
    private static partial Regex DevicePattern();
}

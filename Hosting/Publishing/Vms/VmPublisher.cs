namespace HaPgAspire.Hosting;

/// <summary>
/// Publishes a cluster to machines: for each its cloud-init files and its installer, for all a README, a script that installs them over SSH, the inventory
/// and, where that is asked for, the passwords. The same input gives the same bytes.
/// </summary>
public static class VmPublisher
{
    /// <summary>Writes the folder. What an earlier time wrote and is no longer part of it is removed; passwords are kept.</summary>
    /// <param name="cluster">What the app model says about the cluster.</param>
    /// <param name="inventory">The machines.</param>
    /// <param name="outputDirectory">The folder; made when it is not there.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>A task that ends when all is written.</returns>
    /// <exception cref="ClusterException">The inventory, or the folder's <c>secrets.env</c>, cannot be used.</exception>
    public static async Task PublishAsync(VmCluster cluster, VmInventory inventory, string outputDirectory, CancellationToken cancellationToken)
    {
        Check(cluster, inventory);
        Directory.CreateDirectory(outputDirectory);
        string? secrets = await VmSecrets.ReadOrCreateAsync(outputDirectory, inventory.GenerateSecrets, cancellationToken).ConfigureAwait(false);

        var folder = new PublishedFolder(outputDirectory);
        folder.Add("README.md", VmReadme.Write(cluster, inventory, secrets is not null));
        folder.Add("inventory.yaml", VmInventoryWriter.Write(inventory));
        folder.Add("deploy.sh", VmTemplates.Read("deploy.sh"), "0755");
        folder.Add("machines.list", string.Concat(inventory.Machines.Select(
            machine => $"{machine.Name} {machine.Address} {string.Join(' ', machine.Roles.Select(VmInventoryWriter.Name))}\n")));
        folder.Add(".gitignore", "# Passwords, and what holds them.\nsecrets.env\nuser-data\n");
        foreach (VmMachine machine in inventory.Machines)
        {
            IReadOnlyList<(string Name, string Content, bool Executable)> installer = new VmMachineFiles(cluster, inventory, machine).Installer();
            foreach ((string name, string content, bool executable) in installer)
            {
                folder.Add($"{machine.Name}/installer/{name}", content, executable ? "0755" : "0644");
            }

            string? own = machine.Has(VmRole.Data) ? secrets : null;
            folder.Add($"{machine.Name}/user-data", CloudInit.UserData(machine, installer, own, []), own is null ? "0644" : "0600");
            folder.Add($"{machine.Name}/meta-data", CloudInit.MetaData(cluster, machine));
        }

        await folder.WriteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One machine's cloud-init user data without any password, for a target that brings them to the machine in its own way.</summary>
    /// <param name="cluster">What the app model says about the cluster.</param>
    /// <param name="inventory">The machines.</param>
    /// <param name="machine">One of them.</param>
    /// <param name="prepare">
    /// Commands that run before the installer, each a list of arguments. On a data node they have to write the passwords, as lines <c>NAME=value</c> for each of
    /// <see cref="SecretNames"/>, to <see cref="SecretsPath"/>.
    /// </param>
    /// <returns>The text, some 30 to 40 KB.</returns>
    /// <exception cref="ClusterException">The inventory cannot be used.</exception>
    public static string UserData(VmCluster cluster, VmInventory inventory, VmMachine machine, IReadOnlyList<IReadOnlyList<string>> prepare)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(prepare);
        Check(cluster, inventory);
        return CloudInit.UserData(machine, new VmMachineFiles(cluster, inventory, machine).Installer(), null, prepare);
    }

    /// <summary>The file on a data node that the installer takes the passwords from (mode 0600); it removes it when they are in place.</summary>
    public const string SecretsPath = $"{CloudInit.InstallerDirectory}/{VmSecrets.FileName}";

    /// <summary>The names of the passwords that a data node needs.</summary>
    public static IReadOnlyList<string> SecretNames => VmSecrets.Names;

    private static void Check(VmCluster cluster, VmInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(inventory);
        VmInventoryValidation.ThrowIfInvalid(inventory);
        if (inventory is { System: VmOperatingSystem.Ubuntu2404, Packages: VmPackageSource.Distribution }
            && cluster.Options.Synchronous is SynchronousMode.Quorum or SynchronousMode.Strict)
        {
            throw new ClusterException(
                $"{ClusterOptions.SectionName}:Synchronous is {cluster.Options.Synchronous}, which needs Patroni 4, but Ubuntu 24.04 itself has Patroni 3.2: write 'packages: pgdg' in the inventory, or set {ClusterOptions.SectionName}:Synchronous to {SynchronousMode.On}.");
        }
    }
}

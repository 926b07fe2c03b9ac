namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Publishes a cluster to machines: for each its cloud-init files and its installer, for all a README, a script that installs them over SSH, the inventory
/// and, where that is asked for, the passwords. The same input gives the same bytes.
/// </summary>
public static class VmPublisher
{
    // Holds nothing but published files, so that a machine that left the inventory leaves the folder too.
    private const string MachinesFolder = "machines";

    /// <summary>Writes the folder. What an earlier time wrote and is no longer part of it is removed; passwords are kept.</summary>
    /// <param name="cluster">What the app model says about the cluster.</param>
    /// <param name="inventory">The machines.</param>
    /// <param name="generateSecrets">Whether to make <c>secrets.env</c> where the folder has none.</param>
    /// <param name="outputDirectory">The folder; made when it is not there.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>A task that ends when all is written.</returns>
    /// <exception cref="ClusterException">The inventory or the folder's <c>secrets.env</c> cannot be used, or the folder cannot be written.</exception>
    public static async Task PublishAsync(
        VmCluster cluster, VmInventory inventory, bool generateSecrets, string outputDirectory, CancellationToken cancellationToken)
    {
        // Before a password is made for a cluster that cannot be.
        Check(cluster, inventory);
        string? secrets = await VmSecrets.ReadOrCreateAsync(outputDirectory, generateSecrets, cluster.Options.Tls, cancellationToken).ConfigureAwait(false);
        await PublishedFolder.WriteAsync(outputDirectory, Files(cluster, inventory, secrets), [MachinesFolder], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The files of the folder, without <c>secrets.env</c>.</summary>
    /// <param name="cluster">What the app model says about the cluster.</param>
    /// <param name="inventory">The machines.</param>
    /// <param name="secrets">The text of <c>secrets.env</c>; what a machine needs of it goes into its user data. Null when there is none.</param>
    /// <returns>The files; those with passwords have <see cref="PublishedFile.SecretMode"/>.</returns>
    /// <exception cref="ClusterException">The inventory cannot be used.</exception>
    public static IReadOnlyList<PublishedFile> Files(VmCluster cluster, VmInventory inventory, string? secrets)
    {
        Check(cluster, inventory);
        var files = new List<PublishedFile>
        {
            PublishedFile.FromText("README.md", VmReadme.Write(cluster, inventory, secrets is not null)),
            PublishedFile.FromText("inventory.yaml", VmInventoryWriter.Write(inventory)),
            PublishedFile.FromText("deploy.sh", VmTemplates.Read("deploy.sh"), PublishedFile.ProgramMode),
            PublishedFile.FromText("machines.list", string.Concat(inventory.Machines.Select(
                machine => $"{machine.Name} {machine.Address} {string.Join(' ', machine.Roles.Select(VmInventoryWriter.Name))}\n"))),
            PublishedFile.FromText(".gitignore", $"# Passwords, and what holds them.\n{VmSecrets.FileName}\nuser-data\nuser-data.complete\n{CertificateList.Folder}/\n"),
        };
        if (cluster.Options.Tls)
        {
            files.Add(PublishedFile.FromText(CertificateList.ScriptName, CertificateList.Script, PublishedFile.ProgramMode));
            files.Add(PublishedFile.FromText(CertificateList.ListName, VmCertificates.List(cluster, inventory).Write()));
        }

        foreach (VmMachine machine in inventory.Machines)
        {
            string folder = $"{MachinesFolder}/{machine.Name}";
            IReadOnlyList<(string Name, string Content, bool Executable)> installer = new VmMachineFiles(cluster, inventory, machine).Installer();
            files.AddRange(installer.Select(file => PublishedFile.FromText(
                $"{folder}/installer/{file.Name}", file.Content, file.Executable ? PublishedFile.ProgramMode : PublishedFile.ReadableMode)));

            string? own = VmSecrets.For(machine, secrets, cluster.Options.Tls);
            files.Add(PublishedFile.FromText(
                $"{folder}/user-data", CloudInit.UserData(machine, installer, own, []), own is null ? PublishedFile.ReadableMode : PublishedFile.SecretMode));
            files.Add(PublishedFile.FromText($"{folder}/meta-data", CloudInit.MetaData(cluster, machine)));
        }

        return files;
    }

    /// <summary>One machine's cloud-init user data without any password, for a target that brings them to the machine in its own way.</summary>
    /// <param name="cluster">What the app model says about the cluster.</param>
    /// <param name="inventory">The machines.</param>
    /// <param name="machine">One of them.</param>
    /// <param name="prepare">
    /// Commands that run before the installer, each a list of arguments. They have to write the machine's passwords, as lines <c>NAME=value</c> for each of
    /// <see cref="SecretNamesFor"/>, to <see cref="SecretsPath"/>; with TLS, its certificates to <see cref="CertificatesPath"/> too.
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

    /// <summary>The file on a machine that the installer takes the passwords from (mode 0600); it removes it when they are in place.</summary>
    public const string SecretsPath = $"{CloudInit.InstallerDirectory}/{VmSecrets.FileName}";

    /// <summary>The folder on a machine that the installer takes the certificates from, a folder for each of its roles; it removes it when they are in place.</summary>
    public const string CertificatesPath = $"{CloudInit.InstallerDirectory}/{CertificateList.Folder}";

    /// <summary>The names of the passwords that all machines together need.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <returns>Names of environment variables.</returns>
    public static IReadOnlyList<string> SecretNames(ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return VmSecrets.Names(options.Tls);
    }

    /// <summary>The names of the passwords that one machine needs.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="options">The cluster's options.</param>
    /// <returns>The names; none for a machine of etcd alone.</returns>
    public static IReadOnlyList<string> SecretNamesFor(VmMachine machine, ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        return VmSecrets.NamesFor(machine, options.Tls);
    }

    private static void Check(VmCluster cluster, VmInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(inventory);
        VmInventoryValidation.ThrowIfInvalid(inventory);
        ClusterOptionsValidation.ThrowIfInvalid(cluster.Options with { Scope = cluster.Scope });
        ClusterOptionsValidation.ThrowIfAny([.. cluster.Databases.Where(database => !ClusterOptionsValidation.IsDatabaseName(database)).Select(ClusterOptionsValidation.DatabaseNameError)]);
        if (inventory is { System: VmOperatingSystem.Ubuntu2404, Packages: VmPackageSource.Distribution }
            && cluster.Options.Synchronous is SynchronousMode.Quorum or SynchronousMode.Strict)
        {
            throw new ClusterException(
                $"{ClusterOptions.SectionName}:Synchronous is {cluster.Options.Synchronous}, which needs Patroni 4, but Ubuntu 24.04 itself has Patroni 3.2: write 'packages: pgdg' in the inventory, or set {ClusterOptions.SectionName}:Synchronous to {SynchronousMode.On}.");
        }
    }
}

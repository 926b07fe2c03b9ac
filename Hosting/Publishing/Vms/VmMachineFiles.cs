using System.Globalization;
using System.Text;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Everything that belongs on one machine.</summary>
internal sealed class VmMachineFiles(VmCluster cluster, VmInventory inventory, VmMachine machine)
{
    private const string DataRoot = "/var/lib/postgresql";

    private readonly VmPlatform _platform = VmPlatform.Of(inventory.System);

    private string DataDirectory => string.Create(CultureInfo.InvariantCulture, $"{DataRoot}/{inventory.PostgresVersion}/{cluster.Scope}");

    private string BinDirectory => string.Create(CultureInfo.InvariantCulture, $"/usr/lib/postgresql/{inventory.PostgresVersion}/bin");

    private bool SharesAddress => machine.Has(VmRole.HAProxy) && inventory.VirtualAddress is not null;

    /// <summary>The files that the installer puts in place, sorted by path.</summary>
    public IReadOnlyList<VmMachineFile> Installed()
    {
        var files = new List<VmMachineFile>
        {
            new("/etc/hapg/firewall.nft", NftablesRules.Write(cluster, inventory, machine), Mode: "0640", Effect: "hapg-firewall.service:reload"),
            new("/etc/systemd/system/hapg-firewall.service", VmTemplates.Read("hapg-firewall.service")),
            new("/etc/apt/apt.conf.d/52hapg", VmTemplates.Read("52hapg"), Early: true),
            new("/etc/needrestart/conf.d/hapg.conf", VmTemplates.Read("needrestart.conf"), Early: true),
        };
        if (machine.Has(VmRole.Data))
        {
            AddDataNode(files);
        }

        if (machine.Has(VmRole.Etcd))
        {
            AddEtcd(files);
        }

        if (machine.Has(VmRole.HAProxy))
        {
            AddHAProxy(files);
        }

        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    /// <summary>The installer itself: names and texts, with whether each is executable.</summary>
    public IReadOnlyList<(string Name, string Content, bool Executable)> Installer()
    {
        IReadOnlyList<VmMachineFile> files = Installed();
        var entries = new List<(string, string, bool)>
        {
            ("install.sh", VmTemplates.Read("install.sh"), true),
            ("verify.sh", VmTemplates.Read("verify.sh"), true),
            ("uninstall.sh", VmTemplates.Read("uninstall.sh"), true),
            ("machine.sh", VmTemplates.Read("machine.sh"), false),
            ("machine.conf", MachineSettings(), false),
            ("files.list", string.Concat(files.Select(Describe)), false),
        };
        if (UsesPgdg)
        {
            entries.Add(("pgdg.sources", PostgresArchive(), false));
        }

        entries.AddRange(files.Select(file => ("files" + file.Path, file.Content, false)));
        return entries;
    }

    private bool UsesPgdg => machine.Has(VmRole.Data) && inventory.Packages == VmPackageSource.Pgdg;

    private static string Describe(VmMachineFile file) => $"{(file.Early ? "early" : "late")} {file.Mode} root {file.Group} {file.Effect} {file.Path}\n";

    private void AddDataNode(List<VmMachineFile> files)
    {
        PatroniMember member = Member(machine);
        var node = new PatroniNodeConfiguration
        {
            Member = member,
            Scope = cluster.Scope,
            EtcdHosts = [.. inventory.With(VmRole.Etcd).Select(etcd => $"{etcd.Address}:2379")],
            Networks = [.. Connecting().Select(VmAddress.Network).Distinct(StringComparer.Ordinal)],
            Watchdog = PatroniWatchdog.Automatic,
            Paths = new PatroniPaths
            {
                DataDirectory = DataDirectory,
                BinDirectory = BinDirectory,
                SocketDirectory = "/run/postgresql",
                PasswordFile = "/run/patroni/pgpass",
                PostBootstrapCommand = "/bin/bash /usr/local/lib/hapg/post-bootstrap",
            },
        };
        files.Add(new("/etc/patroni/config.yml", PatroniYaml.Write(cluster.Options, node), "0640", "postgres", "patroni.service:reload"));
        files.Add(new("/etc/patroni/dynamic.yml", PatroniYaml.WriteDynamic(cluster.Options)));
        files.Add(new("/etc/patroni/cluster.env", ClusterEnvironment(), Effect: "patroni.service:restart"));
        files.Add(new("/etc/postgresql-common/createcluster.conf", VmTemplates.Read("createcluster.conf"), Early: true));
        files.Add(new("/etc/systemd/system/patroni.service", VmTemplates.Read("patroni.service", ("BIN_DIRECTORY", BinDirectory), ("DATA_ROOT", DataRoot)), Effect: "patroni.service:restart"));
        files.Add(new("/etc/systemd/system/hapg-watchdog.service", VmTemplates.Read("hapg-watchdog.service")));
        files.Add(new("/usr/local/lib/hapg/patroni-node", VmTemplates.Read("patroni-node"), "0755"));
        files.Add(new("/usr/local/lib/hapg/patroni-launcher.py", VmTemplates.Read("patroni-launcher.py"), Effect: "patroni.service:restart"));
        files.Add(new("/usr/local/lib/hapg/post-bootstrap", VmTemplates.Read("post-bootstrap"), "0755"));
        if (cluster.Options.Tls)
        {
            files.Add(new("/usr/local/lib/hapg/etcd-access", VmTemplates.Read("etcd-access"), "0755"));
        }

        files.Add(new("/usr/local/sbin/hapg", VmTemplates.Read("hapg"), "0755"));
    }

    private void AddEtcd(List<VmMachineFile> files)
    {
        EtcdMember[] members = [.. inventory.With(VmRole.Etcd).Select(EtcdMember)];
        string configuration = EtcdConfiguration.Write(
            cluster.Options.Etcd,
            members.Single(member => member.Name == machine.Name),
            members,
            cluster.Scope,
            certificateDirectory: cluster.Options.Tls ? $"{ClusterImages.EtcdConfigurationDirectory}/{CertificateFiles.Folder}" : null);
        files.Add(new("/etc/etcd/etcd.yml", configuration, "0640", "etcd", "etcd.service:restart"));
        files.Add(new("/etc/systemd/system/etcd.service", VmTemplates.Read("etcd.service"), Effect: "etcd.service:restart"));
    }

    private void AddHAProxy(List<VmMachineFile> files)
    {
        var surroundings = new HAProxySurroundings
        {
            Members = [.. inventory.With(VmRole.Data).Select(Member)],
            ResolveNames = false,
            ReadWritePort = cluster.ReadWritePort,
            ReadOnlyPort = cluster.ReadOnlyPort,
            StatisticsPort = cluster.StatisticsPort,
            HealthPort = cluster.HealthPort,
            HealthAddress = cluster.HealthAddress,
            AdminSocket = "/run/haproxy/admin.sock",
        };
        files.Add(new("/etc/haproxy/haproxy.cfg", HAProxyConfiguration.Write(cluster.Options, surroundings), "0640", "haproxy", "haproxy.service:reload"));
        files.Add(new("/etc/systemd/system/haproxy.service.d/hapg.conf", VmTemplates.Read("haproxy.conf"), Effect: "haproxy.service:restart"));
        if (SharesAddress)
        {
            files.Add(new("/etc/keepalived/keepalived.conf", KeepalivedConfiguration.Write(inventory, machine), "0640", Effect: "keepalived.service:reload"));
            files.Add(new("/etc/systemd/system/keepalived.service.d/hapg.conf", VmTemplates.Read("keepalived.conf"), Effect: "keepalived.service:restart"));
            files.Add(new("/usr/local/lib/hapg/find-interface", VmTemplates.Read("find-interface", ("ADDRESS", machine.Address)), "0755"));
            files.Add(new("/usr/local/lib/hapg/check-front-door", VmTemplates.Read("check-front-door", ("HEALTH_PORT", Invariant(cluster.HealthPort))), "0755"));
        }
    }

    // Clients come through HAProxy, so that PostgreSQL sees its address.
    private IEnumerable<string> Connecting() =>
        inventory.Machines.Where(other => other.Has(VmRole.Data) || other.Has(VmRole.HAProxy)).Select(other => other.Address).Concat(inventory.Monitors);

    /// <summary>A data node as the others see it.</summary>
    public static PatroniMember Member(VmMachine machine) => new() { Name = machine.Name, Host = machine.Address };

    /// <summary>An etcd member as the others see it.</summary>
    public static EtcdMember EtcdMember(VmMachine machine) => new() { Name = machine.Name, Host = machine.Address };

    private string ClusterEnvironment()
    {
        var text = new StringBuilder("# The cluster's settings for Patroni that are no secret. The passwords are in secrets.env.\n");
        if (cluster.Options.Tls)
        {
            text.Append(CultureInfo.InvariantCulture, $"{EtcdAccess.ProtocolVariable}={EtcdAccess.Protocol}\n");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"CLUSTER_ETCD_HEALTH=\"{string.Join(' ', inventory.With(VmRole.Etcd).Select(etcd => $"{etcd.Address}:2379"))}\"\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"CLUSTER_APPLICATION_USERNAME={cluster.Options.Postgres.ApplicationRole}\n");
        text.Append(CultureInfo.InvariantCulture, $"CLUSTER_APPLICATION_DATABASES=\"{string.Join(' ', cluster.Databases)}\"\n");
        text.Append(CultureInfo.InvariantCulture, $"CLUSTER_MONITORING_USERNAME={PostgresOptions.MonitoringRole}\n");
        text.Append(CultureInfo.InvariantCulture, $"PATRONI_RESTAPI_USERNAME={PostgresOptions.RestUser}\n");
        foreach ((string name, string value) in PatroniLauncher.Environment(cluster.Options.Failover))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}={value}\n");
        }

        return text.ToString();
    }

    private string MachineSettings()
    {
        IReadOnlyList<VmMachine> etcd = inventory.With(VmRole.Etcd);
        var text = new StringBuilder("# What this machine is. Read by the scripts in this folder.\n");
        Set("MACHINE", machine.Name);
        Set("ADDRESS", machine.Address);
        Set("ROLES", string.Join(' ', machine.Roles.Select(VmInventoryWriter.Name)));
        Set("OS_ID", _platform.Id);
        Set("OS_VERSION", _platform.Version);
        Set("PGDG", UsesPgdg ? "yes" : "no");
        Set("PACKAGES", string.Join(' ', Packages()));
        Set("UNITS", string.Join(' ', Units()));
        Set("DIRECTORIES", string.Join(' ', Directories()));
        Set("DATA_DIRECTORY", machine.Has(VmRole.Data) ? DataDirectory : "");
        Set("DATA_NODES", Invariant(inventory.With(VmRole.Data).Count));
        Set("ETCD_MEMBERS", Invariant(etcd.Count));
        Set("ETCD_PEERS", machine.Has(VmRole.Etcd) ? string.Join(' ', etcd.Where(other => other != machine).Select(other => $"{other.Address}:2379")) : "");
        Set("READ_WRITE_PORT", Invariant(cluster.ReadWritePort));
        Set("READ_ONLY_PORT", Invariant(cluster.ReadOnlyPort));
        Set("STATISTICS_PORT", Invariant(cluster.StatisticsPort));
        Set("HEALTH_PORT", Invariant(cluster.HealthPort));
        Set("VIRTUAL_ADDRESS", SharesAddress ? inventory.VirtualAddress! : "");
        Set("TLS", cluster.Options.Tls ? "yes" : "no");
        Set("SECRETS", machine.Has(VmRole.Data) ? string.Join(' ', VmSecrets.DataNames(cluster.Options.Tls)) : "");
        return text.ToString();

        void Set(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name}='{value}'\n");
    }

    private List<string> Packages()
    {
        var packages = new List<string> { "nftables", "iproute2" };
        if (cluster.Options.Tls)
        {
            packages.Add("openssl");
        }

        if (machine.Has(VmRole.Data))
        {
            // Patroni's package is content with a client for another store.
            packages.AddRange([$"postgresql-{Invariant(inventory.PostgresVersion)}", "patroni", "python3-etcd", "kmod"]);
        }

        if (machine.Has(VmRole.Etcd))
        {
            packages.AddRange(["etcd-server", "etcd-client"]);
        }

        if (machine.Has(VmRole.HAProxy))
        {
            packages.Add("haproxy");
        }

        if (SharesAddress)
        {
            packages.Add("keepalived");
        }

        return packages;
    }

    private List<string> Units()
    {
        var units = new List<string> { "hapg-firewall.service" };
        if (machine.Has(VmRole.Etcd))
        {
            units.Add("etcd.service");
        }

        if (machine.Has(VmRole.Data))
        {
            units.AddRange(["hapg-watchdog.service", "patroni.service"]);
        }

        if (machine.Has(VmRole.HAProxy))
        {
            units.Add("haproxy.service");
        }

        if (SharesAddress)
        {
            units.Add("keepalived.service");
        }

        return units;
    }

    private List<string> Directories()
    {
        var directories = new List<string>();
        if (machine.Has(VmRole.Data))
        {
            directories.Add($"0755:postgres:postgres:{DataRoot}");
            directories.Add($"0700:postgres:postgres:{DataRoot}/{Invariant(inventory.PostgresVersion)}");
        }

        if (machine.Has(VmRole.Etcd))
        {
            directories.Add("0700:etcd:etcd:/var/lib/etcd");
        }

        return directories;
    }

    private string PostgresArchive() =>
        "# PostgreSQL's own archive; the key comes with the package postgresql-common.\n"
        + "Types: deb\n"
        + "URIs: https://apt.postgresql.org/pub/repos/apt\n"
        + $"Suites: {_platform.Codename}-pgdg\n"
        + "Components: main\n"
        + "Signed-By: /usr/share/postgresql-common/pgdg/apt.postgresql.org.asc\n";

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}

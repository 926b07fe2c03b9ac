using System.Globalization;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes the operator's README of a published folder.</summary>
internal static class VmReadme
{
    public static string Write(VmCluster cluster, VmInventory inventory, bool hasSecrets)
    {
        VmPlatform platform = VmPlatform.Of(inventory.System);
        IReadOnlyList<VmMachine> proxies = inventory.With(VmRole.HAProxy);
        string frontDoor = inventory.VirtualAddress is { } address ? address[..address.IndexOf('/', StringComparison.Ordinal)] : string.Join("` or `", proxies.Select(proxy => proxy.Address));
        return VmTemplates.Read(
            "README.md",
            ("SCOPE", cluster.Scope),
            ("PLATFORM", platform.DisplayName),
            ("USER", platform.Id),
            ("POSTGRES", Invariant(inventory.PostgresVersion)),
            ("COUNT", Invariant(inventory.Machines.Count)),
            ("MACHINES", string.Join('\n', inventory.Machines.Select(Row))),
            ("FRONT_DOOR", frontDoor),
            ("READ_WRITE_PORT", Invariant(cluster.ReadWritePort)),
            ("READ_ONLY_PORT", Invariant(cluster.ReadOnlyPort)),
            ("STATISTICS_PORT", Invariant(cluster.StatisticsPort)),
            ("APPLICATION_ROLE", cluster.Options.Postgres.ApplicationRole),
            ("DATABASES", cluster.Databases.Count == 0 ? "`postgres`" : string.Join(", ", cluster.Databases.Select(database => $"`{database}`"))),
            ("SECRETS", Secrets(hasSecrets, cluster.Options.Tls)),
            ("CERTIFICATES", cluster.Options.Tls ? VmTemplates.Read("certificates.md", ("DAYS", Invariant(cluster.Options.Certificates.Days)), ("USER", platform.Id)) : ""),
            ("ENCRYPTION", cluster.Options.Tls ? Encrypted : NotEncrypted),
            ("USER_DATA", cluster.Options.Tls ? "`user-data.complete`, which `./deploy.sh user-data` makes of its `user-data` and its certificates," : "`user-data`"),
            ("SSL", cluster.Options.Tls ? ", with `sslmode=verify-full sslrootcert=ca.crt` (`certificates/ca.crt` here)" : ""),
            ("PACKAGES", Packages(inventory, platform)),
            ("SECOND_NODE", inventory.With(VmRole.Data)[1].Name),
            ("STANDBY", Standby(cluster.Options.Synchronous)),
            ("KEEPALIVED", inventory.VirtualAddress is null ? "" : ", `keepalived`"),
            ("MONITORS", inventory.Monitors.Count == 0 ? "" : " and " + string.Join(", ", inventory.Monitors)),
            ("CLIENTS", inventory.Clients.Contains("0.0.0.0/0", StringComparer.Ordinal) ? "everybody" : string.Join(", ", inventory.Clients)),
            ("DATA_DIRECTORY", $"/var/lib/postgresql/{Invariant(inventory.PostgresVersion)}/{cluster.Scope}"));
    }

    private const string Encrypted =
        "**Encrypted:** every connection between the machines and to HAProxy, with TLS 1.3 where the cluster decides it; both ends of etcd's connections and the server's"
        + " end of all others are verified. HAProxy passes clients' TLS through to PostgreSQL. In the clear are health pages that a machine asks itself for, and those of a load balancer.";

    private const string NotEncrypted =
        "**Not encrypted** (`Cluster:Tls` was false): traffic between the machines and to HAProxy is plain TCP with scram-sha-256 passwords. Keep it on a private network.";

    // What patronictl shows when a member may be promoted.
    private static string Standby(SynchronousMode mode) => mode switch
    {
        SynchronousMode.Off => "every other member as `streaming`",
        SynchronousMode.On => "a `Sync Standby`",
        _ => "every other member as `Quorum Standby`",
    };

    private static string Row(VmMachine machine) => $"| {machine.Name} | {machine.Address} | {string.Join(", ", machine.Roles.Select(Duty))} |";

    private static string Duty(VmRole role) => role switch
    {
        VmRole.Data => "PostgreSQL, Patroni",
        VmRole.Etcd => "etcd",
        _ => "HAProxy",
    };

    private static string Secrets(bool present, bool tls) => present
        ? "The passwords are in `secrets.env`; publishing again keeps them."
        : "**Passwords first.** This folder has none. Either publish again with `Publish:GenerateSecrets=true`, or put a `secrets.env` (mode 0600) here"
            + " and publish again, or bring that file to each machine yourself, beside `install.sh` (a machine with HAProxy alone needs the last line only, one with etcd alone nothing). It has one line `NAME=value` for each of "
            + string.Join(", ", VmSecrets.Names(tls).Select(name => $"`{name}`")) + "; at least 12 letters, digits, `-`, `_` or `.` each.";

    private static string Packages(VmInventory inventory, VmPlatform platform) => inventory.Packages == VmPackageSource.Pgdg
        ? $"PostgreSQL and Patroni come from PostgreSQL's own archive (`{platform.Codename}-pgdg`, apt.postgresql.org), whose key the distribution ships; all else from {platform.DisplayName}."
        : $"everything comes from {platform.DisplayName} itself.";

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}

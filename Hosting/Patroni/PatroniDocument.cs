using System.Globalization;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>The content of <c>patroni.yml</c>; property names become snake case in the file.</summary>
internal sealed record PatroniDocument
{
    public required string Scope { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required RestApiSection Restapi { get; init; }

    public CtlSection? Ctl { get; init; }

    public required EtcdSection Etcd3 { get; init; }

    public required BootstrapSection Bootstrap { get; init; }

    public required PostgresqlSection Postgresql { get; init; }

    public required WatchdogSection Watchdog { get; init; }

    public static PatroniDocument Create(ClusterOptions options, PatroniNodeConfiguration node)
    {
        PatroniMember member = node.Member;
        string? certificates = options.Tls ? node.Paths.CertificateDirectory : null;
        string? authority = certificates is null ? null : $"{certificates}/{CertificateFiles.Authority}";
        string? server = certificates is null ? null : $"{certificates}/{CertificateFiles.Server}";
        string? client = certificates is null ? null : $"{certificates}/{CertificateFiles.Client}";
        return new PatroniDocument
        {
            Scope = node.Scope,
            Namespace = options.Namespace,
            Name = member.Name,
            Restapi = new RestApiSection
            {
                Listen = Address(member.ListenAddress, member.RestPort),
                ConnectAddress = Address(member.Host, member.RestPort),
                Certfile = server,
                Cafile = authority,
            },
            // By this Patroni and patronictl check the REST API of the other members.
            Ctl = authority is null ? null : new CtlSection(authority),
            Etcd3 = new EtcdSection
            {
                Hosts = node.EtcdHosts,
                Protocol = certificates is null ? null : "https",
                Cacert = authority,
                Cert = client,
                Key = client,
                Username = certificates is null ? null : EtcdAccess.UserName(node.Scope),
            },
            Bootstrap = new BootstrapSection
            {
                Dcs = PatroniDynamicConfiguration.Create(options),
                Initdb =
                [
                    new Dictionary<string, string> { ["encoding"] = "UTF8" },
                    new Dictionary<string, string> { ["locale"] = "C.UTF-8" },
                    new Dictionary<string, string> { ["wal-segsize"] = options.Postgres.WalSegmentSizeMb.ToString(CultureInfo.InvariantCulture) },
                    "data-checksums",
                ],
                PostBootstrap = node.Paths.PostBootstrapCommand,
            },
            Postgresql = new PostgresqlSection
            {
                Listen = Address(member.ListenAddress, member.PostgresPort),
                ConnectAddress = Address(member.Host, member.PostgresPort),
                DataDir = node.Paths.DataDirectory,
                BinDir = node.Paths.BinDirectory,
                Pgpass = node.Paths.PasswordFile,
                UseUnixSocket = true,
                // Patroni asks its own server over a replication connection in every loop: a handshake each, for nothing.
                UseUnixSocketRepl = options.Tls ? true : null,
                Authentication = new AuthenticationSection
                {
                    Superuser = new RoleSection(PostgresOptions.Superuser),
                    Replication = RoleSection.ByNetwork(PostgresOptions.ReplicationRole, authority),
                    Rewind = RoleSection.ByNetwork(PostgresOptions.RewindRole, authority),
                },
                Parameters = Parameters(node.Paths, certificates),
                PgHba = PatroniAccessRules.For(node.Networks, options.Tls),
                Basebackup = options.Postgres.ImmediateCheckpointForBackup ? [new Dictionary<string, string> { ["checkpoint"] = "fast" }] : null,
                // A base backup from the leader is quicker than a human: a member that cannot be rewound is built anew.
                RemoveDataDirectoryOnRewindFailure = true,
                RemoveDataDirectoryOnDivergedTimelines = true,
            },
            Watchdog = new WatchdogSection
            {
                Mode = node.Watchdog switch
                {
                    PatroniWatchdog.Automatic => "automatic",
                    PatroniWatchdog.Required => "required",
                    _ => "off",
                },
            },
        };
    }

    private static Dictionary<string, object> Parameters(PatroniPaths paths, string? certificates)
    {
        var parameters = new Dictionary<string, object> { ["unix_socket_directories"] = paths.SocketDirectory };
        if (certificates is not null)
        {
            foreach ((string name, object value) in PostgresParameters.ForTls(certificates))
            {
                parameters.Add(name, value);
            }
        }

        return parameters;
    }

    private static string Address(string host, int port) => host.Contains(':', StringComparison.Ordinal)
        ? FormattableString.Invariant($"[{host}]:{port}")
        : FormattableString.Invariant($"{host}:{port}");

    internal sealed record RestApiSection
    {
        public required string Listen { get; init; }

        public required string ConnectAddress { get; init; }

        public string? Certfile { get; init; }

        public string? Cafile { get; init; }
    }

    internal sealed record CtlSection(string Cacert);

    internal sealed record EtcdSection
    {
        public required IReadOnlyList<string> Hosts { get; init; }

        public string? Protocol { get; init; }

        public string? Cacert { get; init; }

        public string? Cert { get; init; }

        public string? Key { get; init; }

        public string? Username { get; init; }
    }

    internal sealed record BootstrapSection
    {
        public required PatroniDynamicConfiguration Dcs { get; init; }

        public required IReadOnlyList<object> Initdb { get; init; }

        public required string PostBootstrap { get; init; }
    }

    internal sealed record PostgresqlSection
    {
        public required string Listen { get; init; }

        public required string ConnectAddress { get; init; }

        public required string DataDir { get; init; }

        public required string BinDir { get; init; }

        public required string Pgpass { get; init; }

        public required bool UseUnixSocket { get; init; }

        public bool? UseUnixSocketRepl { get; init; }

        public required AuthenticationSection Authentication { get; init; }

        public required IReadOnlyDictionary<string, object> Parameters { get; init; }

        public required IReadOnlyList<string> PgHba { get; init; }

        public IReadOnlyList<object>? Basebackup { get; init; }

        public required bool RemoveDataDirectoryOnRewindFailure { get; init; }

        public required bool RemoveDataDirectoryOnDivergedTimelines { get; init; }
    }

    internal sealed record AuthenticationSection
    {
        public required RoleSection Superuser { get; init; }

        public required RoleSection Replication { get; init; }

        public required RoleSection Rewind { get; init; }
    }

    internal sealed record RoleSection(string Username)
    {
        public string? Sslmode { get; init; }

        public string? Sslrootcert { get; init; }

        public static RoleSection ByNetwork(string role, string? authority) =>
            new(role) { Sslmode = authority is null ? null : "verify-full", Sslrootcert = authority };
    }

    internal sealed record WatchdogSection
    {
        public required string Mode { get; init; }
    }
}

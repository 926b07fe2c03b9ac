using HaPgAspire.Hosting.Security;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace HaPgAspire.Hosting;

/// <summary>Writes the file that etcd reads with <c>--config-file</c>.</summary>
public static class EtcdConfiguration
{
    // The users' passwords are random and long: a slow hash would guard nothing, and costs a third of a second of a failover.
    private const int LeastBcryptCost = 4;

    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(HyphenatedNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .Build();

    /// <summary>Writes the file of one member.</summary>
    /// <param name="options">etcd's settings, valid.</param>
    /// <param name="member">The member; one of <paramref name="members"/>.</param>
    /// <param name="members">All members.</param>
    /// <param name="token">Tells this etcd from others on the same network.</param>
    /// <param name="dataDirectory">The member's data directory. Default: that of the container image.</param>
    /// <param name="certificateDirectory">
    /// The folder with the member's certificates (<see cref="CertificateFiles.ForEtcd"/>): clients and members then have to show a certificate of the same
    /// authority, and health and metrics are on <see cref="HealthUrl"/> besides. Default none: no TLS.
    /// </param>
    /// <returns>The text of the file.</returns>
    public static string Write(
        EtcdOptions options,
        EtcdMember member,
        IReadOnlyList<EtcdMember> members,
        string token,
        string dataDirectory = "/var/lib/etcd/data",
        string? certificateDirectory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(members);
        string scheme = certificateDirectory is null ? "http" : "https";
        SecuritySection? security = certificateDirectory is null ? null : SecuritySection.In(certificateDirectory);
        return Serializer.Serialize(new EtcdDocument
        {
            Name = member.Name,
            DataDir = dataDirectory,
            ListenClientUrls = Url(scheme, member.ListenAddress, member.ClientPort),
            AdvertiseClientUrls = Url(scheme, member.Host, member.ClientPort),
            ListenPeerUrls = Url(scheme, member.ListenAddress, member.PeerPort),
            InitialAdvertisePeerUrls = Url(scheme, member.Host, member.PeerPort),
            InitialCluster = string.Join(',', members.Select(other => $"{other.Name}={Url(scheme, other.Host, other.PeerPort)}")),
            InitialClusterToken = token,
            InitialClusterState = "new",
            HeartbeatInterval = options.HeartbeatIntervalMs,
            ElectionTimeout = options.ElectionTimeoutMs,
            // Patroni writes a key every loop and never reads an old revision.
            AutoCompactionMode = "periodic",
            AutoCompactionRetention = "1h",
            LogLevel = "warn",
            BcryptCost = security is null ? null : LeastBcryptCost,
            ListenMetricsUrls = security is null ? null : HealthUrl,
            ClientTransportSecurity = security,
            PeerTransportSecurity = security,
        });
    }

    /// <summary>Where a member with TLS answers <c>GET /health</c> and <c>/metrics</c> to programs on the same machine or in the same container, without TLS.</summary>
    public const string HealthUrl = "http://127.0.0.1:2381";

    private static string Url(string scheme, string host, int port) => host.Contains(':', StringComparison.Ordinal)
        ? FormattableString.Invariant($"{scheme}://[{host}]:{port}")
        : FormattableString.Invariant($"{scheme}://{host}:{port}");

    private sealed record EtcdDocument
    {
        public required string Name { get; init; }

        public required string DataDir { get; init; }

        public required string ListenClientUrls { get; init; }

        public required string AdvertiseClientUrls { get; init; }

        public required string ListenPeerUrls { get; init; }

        public required string InitialAdvertisePeerUrls { get; init; }

        public required string InitialCluster { get; init; }

        public required string InitialClusterToken { get; init; }

        public required string InitialClusterState { get; init; }

        public required int HeartbeatInterval { get; init; }

        public required int ElectionTimeout { get; init; }

        public required string AutoCompactionMode { get; init; }

        public required string AutoCompactionRetention { get; init; }

        public required string LogLevel { get; init; }

        public int? BcryptCost { get; init; }

        public string? ListenMetricsUrls { get; init; }

        public SecuritySection? ClientTransportSecurity { get; init; }

        public SecuritySection? PeerTransportSecurity { get; init; }
    }

    private sealed record SecuritySection
    {
        public required string CertFile { get; init; }

        public required string KeyFile { get; init; }

        public required string TrustedCaFile { get; init; }

        public required bool ClientCertAuth { get; init; }

        public static SecuritySection In(string directory) => new()
        {
            CertFile = $"{directory}/{CertificateFiles.Server}",
            KeyFile = $"{directory}/{CertificateFiles.Server}",
            TrustedCaFile = $"{directory}/{CertificateFiles.Authority}",
            ClientCertAuth = true,
        };
    }
}

using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace HaPgAspire.Hosting;

/// <summary>Writes the file that etcd reads with <c>--config-file</c>.</summary>
public static class EtcdConfiguration
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(HyphenatedNamingConvention.Instance)
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .Build();

    /// <summary>Writes the file of one member.</summary>
    /// <param name="options">etcd's settings, valid.</param>
    /// <param name="member">The member; one of <paramref name="members"/>.</param>
    /// <param name="members">All members.</param>
    /// <param name="token">Tells this etcd from others on the same network.</param>
    /// <param name="dataDirectory">The member's data directory. Default: that of the container image.</param>
    /// <returns>The text of the file.</returns>
    public static string Write(EtcdOptions options, EtcdMember member, IReadOnlyList<EtcdMember> members, string token, string dataDirectory = "/var/lib/etcd/data")
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(members);
        return Serializer.Serialize(new EtcdDocument
        {
            Name = member.Name,
            DataDir = dataDirectory,
            ListenClientUrls = Url(member.ListenAddress, member.ClientPort),
            AdvertiseClientUrls = Url(member.Host, member.ClientPort),
            ListenPeerUrls = Url(member.ListenAddress, member.PeerPort),
            InitialAdvertisePeerUrls = Url(member.Host, member.PeerPort),
            InitialCluster = string.Join(',', members.Select(other => $"{other.Name}={Url(other.Host, other.PeerPort)}")),
            InitialClusterToken = token,
            InitialClusterState = "new",
            HeartbeatInterval = options.HeartbeatIntervalMs,
            ElectionTimeout = options.ElectionTimeoutMs,
            // Patroni writes a key every loop and never reads an old revision.
            AutoCompactionMode = "periodic",
            AutoCompactionRetention = "1h",
            LogLevel = "warn",
        });
    }

    private static string Url(string host, int port) => host.Contains(':', StringComparison.Ordinal)
        ? FormattableString.Invariant($"http://[{host}]:{port}")
        : FormattableString.Invariant($"http://{host}:{port}");

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
    }
}

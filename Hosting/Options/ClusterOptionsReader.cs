using Microsoft.Extensions.Configuration;

namespace HaPgAspire.Hosting;

/// <summary>
/// Lays the configuration section <c>Cluster</c> over options. It is stricter than the configuration binder: a key that names no option, or a value of the
/// wrong kind, is reported by name.
/// </summary>
public static class ClusterOptionsReader
{
    /// <summary>Reads the section over a starting point.</summary>
    /// <param name="section">The configuration section <c>Cluster</c>; it may be empty.</param>
    /// <param name="baseline">The options to start from.</param>
    /// <param name="errors">Receives one clause for each key that cannot be read.</param>
    /// <returns>The options with every readable key applied.</returns>
    public static ClusterOptions Read(IConfigurationSection section, ClusterOptions baseline, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(errors);

        var reader = new SectionReader(section, errors);
        ClusterProfile profile = reader.Enum(nameof(ClusterOptions.Profile), baseline.Profile);
        ClusterOptions start = profile == baseline.Profile ? baseline : baseline.WithProfile(profile);
        ClusterOptions options = start with
        {
            Scope = reader.Text(nameof(ClusterOptions.Scope), start.Scope),
            Namespace = reader.Text(nameof(ClusterOptions.Namespace), start.Namespace)!,
            Ttl = reader.Int(nameof(ClusterOptions.Ttl), start.Ttl),
            LoopWait = reader.Int(nameof(ClusterOptions.LoopWait), start.LoopWait),
            RetryTimeout = reader.Int(nameof(ClusterOptions.RetryTimeout), start.RetryTimeout),
            PrimaryStartTimeout = reader.Int(nameof(ClusterOptions.PrimaryStartTimeout), start.PrimaryStartTimeout),
            MaximumLagOnFailover = reader.Long(nameof(ClusterOptions.MaximumLagOnFailover), start.MaximumLagOnFailover),
            Synchronous = reader.Enum(nameof(ClusterOptions.Synchronous), start.Synchronous),
            Failsafe = reader.Bool(nameof(ClusterOptions.Failsafe), start.Failsafe),
            Persistent = reader.Bool(nameof(ClusterOptions.Persistent), start.Persistent),
            Tls = reader.Bool(nameof(ClusterOptions.Tls), start.Tls),
            StartupTimeout = reader.Int(nameof(ClusterOptions.StartupTimeout), start.StartupTimeout),
            BaseImage = reader.Text(nameof(ClusterOptions.BaseImage), start.BaseImage)!,
            Certificates = ReadCertificates(reader.Child(nameof(ClusterOptions.Certificates)), start.Certificates),
            Failover = ReadFailover(reader.Child(nameof(ClusterOptions.Failover)), start.Failover),
            Postgres = ReadPostgres(reader.Child(nameof(ClusterOptions.Postgres)), start.Postgres),
            Etcd = ReadEtcd(reader.Child(nameof(ClusterOptions.Etcd)), start.Etcd),
            HAProxy = ReadHAProxy(reader.Child(nameof(ClusterOptions.HAProxy)), start.HAProxy),
        };
        reader.ReportUnknownKeys();
        return options;
    }

    private static CertificateOptions ReadCertificates(SectionReader reader, CertificateOptions start)
    {
        CertificateOptions options = start with
        {
            Days = reader.Int(nameof(CertificateOptions.Days), start.Days),
            AuthorityDays = reader.Int(nameof(CertificateOptions.AuthorityDays), start.AuthorityDays),
            Names = reader.Text(nameof(CertificateOptions.Names), null) is { } names
                ? names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : start.Names,
        };
        reader.ReportUnknownKeys();
        return options;
    }

    private static FailoverOptions ReadFailover(SectionReader reader, FailoverOptions start)
    {
        FailoverOptions options = start with
        {
            ServerPollMs = reader.Int(nameof(FailoverOptions.ServerPollMs), start.ServerPollMs),
            MemberTimeoutMs = reader.Int(nameof(FailoverOptions.MemberTimeoutMs), start.MemberTimeoutMs),
            RebuildReplicas = reader.Bool(nameof(FailoverOptions.RebuildReplicas), start.RebuildReplicas),
            ReleaseDeadLeader = reader.Bool(nameof(FailoverOptions.ReleaseDeadLeader), start.ReleaseDeadLeader),
            Restarts = reader.Int(nameof(FailoverOptions.Restarts), start.Restarts),
            FenceAfterMs = reader.Int(nameof(FailoverOptions.FenceAfterMs), start.FenceAfterMs),
        };
        reader.ReportUnknownKeys();
        return options;
    }

    private static PostgresOptions ReadPostgres(SectionReader reader, PostgresOptions start)
    {
        PostgresOptions options = start with
        {
            ApplicationRole = reader.Text(nameof(PostgresOptions.ApplicationRole), start.ApplicationRole)!,
            MaxConnections = reader.Int(nameof(PostgresOptions.MaxConnections), start.MaxConnections),
            ImmediateCheckpointForBackup = reader.Bool(nameof(PostgresOptions.ImmediateCheckpointForBackup), start.ImmediateCheckpointForBackup),
            ReplicationTimeout = reader.Int(nameof(PostgresOptions.ReplicationTimeout), start.ReplicationTimeout),
            ReplicationStatusInterval = reader.Int(nameof(PostgresOptions.ReplicationStatusInterval), start.ReplicationStatusInterval),
            ReplicationRetryIntervalMs = reader.Int(nameof(PostgresOptions.ReplicationRetryIntervalMs), start.ReplicationRetryIntervalMs),
            WalSegmentSizeMb = reader.Int(nameof(PostgresOptions.WalSegmentSizeMb), start.WalSegmentSizeMb),
            MaxSlotWalKeepSizeMb = reader.Int(nameof(PostgresOptions.MaxSlotWalKeepSizeMb), start.MaxSlotWalKeepSizeMb),
            Parameters = reader.Entries(nameof(PostgresOptions.Parameters), start.Parameters),
        };
        reader.ReportUnknownKeys();
        return options;
    }

    private static EtcdOptions ReadEtcd(SectionReader reader, EtcdOptions start)
    {
        EtcdOptions options = start with
        {
            Members = reader.Int(nameof(EtcdOptions.Members), start.Members),
            HeartbeatIntervalMs = reader.Int(nameof(EtcdOptions.HeartbeatIntervalMs), start.HeartbeatIntervalMs),
            ElectionTimeoutMs = reader.Int(nameof(EtcdOptions.ElectionTimeoutMs), start.ElectionTimeoutMs),
        };
        reader.ReportUnknownKeys();
        return options;
    }

    private static HAProxyOptions ReadHAProxy(SectionReader reader, HAProxyOptions start)
    {
        HAProxyOptions options = start with
        {
            ReadWritePort = reader.Int(nameof(HAProxyOptions.ReadWritePort), start.ReadWritePort),
            ReadOnlyPort = reader.Int(nameof(HAProxyOptions.ReadOnlyPort), start.ReadOnlyPort),
            StatisticsPort = reader.Int(nameof(HAProxyOptions.StatisticsPort), start.StatisticsPort),
            MaxConnections = reader.Int(nameof(HAProxyOptions.MaxConnections), start.MaxConnections),
            CheckIntervalMs = reader.Int(nameof(HAProxyOptions.CheckIntervalMs), start.CheckIntervalMs),
            FastCheckIntervalMs = reader.Int(nameof(HAProxyOptions.FastCheckIntervalMs), start.FastCheckIntervalMs),
            DownCheckIntervalMs = reader.Int(nameof(HAProxyOptions.DownCheckIntervalMs), start.DownCheckIntervalMs),
            CheckTimeoutMs = reader.Int(nameof(HAProxyOptions.CheckTimeoutMs), start.CheckTimeoutMs),
            Fall = reader.Int(nameof(HAProxyOptions.Fall), start.Fall),
            Rise = reader.Int(nameof(HAProxyOptions.Rise), start.Rise),
            ConnectTimeoutMs = reader.Int(nameof(HAProxyOptions.ConnectTimeoutMs), start.ConnectTimeoutMs),
            Retries = reader.Int(nameof(HAProxyOptions.Retries), start.Retries),
            QueueTimeoutMs = reader.Int(nameof(HAProxyOptions.QueueTimeoutMs), start.QueueTimeoutMs),
            IdleTimeoutMinutes = reader.Int(nameof(HAProxyOptions.IdleTimeoutMinutes), start.IdleTimeoutMinutes),
        };
        reader.ReportUnknownKeys();
        return options;
    }
}

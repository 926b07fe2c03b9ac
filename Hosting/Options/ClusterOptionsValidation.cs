using System.Numerics;
using System.Text.RegularExpressions;

namespace HaPgAspire.Hosting;

/// <summary>The bounds of <see cref="ClusterOptions"/> and the sentences for values outside them.</summary>
public static partial class ClusterOptionsValidation
{
    private const string Section = ClusterOptions.SectionName;

    /// <summary>Bounds of <see cref="ClusterOptions.Ttl"/>. Below 20 Patroni silently takes 20 (<c>_validate_and_adjust_timeouts</c>).</summary>
    public static OptionBounds Ttl { get; } = new(20, 3600, "seconds");

    /// <summary>Bounds of <see cref="ClusterOptions.LoopWait"/>. Below 1 Patroni silently takes 1.</summary>
    public static OptionBounds LoopWait { get; } = new(1, 300, "seconds");

    /// <summary>Bounds of <see cref="ClusterOptions.RetryTimeout"/>. Below 3 Patroni silently takes 3.</summary>
    public static OptionBounds RetryTimeout { get; } = new(3, 300, "seconds");

    /// <summary>Bounds of <see cref="ClusterOptions.PrimaryStartTimeout"/>.</summary>
    public static OptionBounds PrimaryStartTimeout { get; } = new(0, 3600, "seconds");

    /// <summary>Bounds of <see cref="ClusterOptions.MaximumLagOnFailover"/>.</summary>
    public static OptionBounds MaximumLagOnFailover { get; } = new(0, 1L << 40, "bytes");

    /// <summary>Bounds of <see cref="ClusterOptions.StartupTimeout"/>.</summary>
    public static OptionBounds StartupTimeout { get; } = new(10, 3600, "seconds");

    /// <summary>Bounds of <see cref="FailoverOptions.ServerPollMs"/>.</summary>
    public static OptionBounds ServerPoll { get; } = new(10, FailoverOptions.PatroniServerPollMs, "milliseconds");

    /// <summary>Bounds of <see cref="FailoverOptions.MemberTimeoutMs"/>.</summary>
    public static OptionBounds MemberTimeout { get; } = new(100, FailoverOptions.PatroniMemberTimeoutMs, "milliseconds");

    /// <summary>Bounds of <see cref="FailoverOptions.Restarts"/>.</summary>
    public static OptionBounds Restarts { get; } = new(0, 100, "");

    /// <summary>Bounds of <see cref="FailoverOptions.FenceAfterMs"/> other than 0 (never): three questions have to go unanswered in that time.</summary>
    public static OptionBounds FenceAfter { get; } = new(1000, 60_000, "milliseconds");

    /// <summary>Bounds of the number of data nodes: two are the least that can fail over, nine the most that were thought of.</summary>
    public static OptionBounds Nodes { get; } = new(2, 9, "");

    /// <summary>Bounds of <see cref="PostgresOptions.MaxConnections"/>.</summary>
    public static OptionBounds MaxConnections { get; } = new(25, 10_000, "");

    /// <summary>Bounds of <see cref="PostgresOptions.ReplicationTimeout"/>.</summary>
    public static OptionBounds ReplicationTimeout { get; } = new(1, 3600, "seconds");

    /// <summary>Bounds of <see cref="PostgresOptions.ReplicationStatusInterval"/>.</summary>
    public static OptionBounds ReplicationStatusInterval { get; } = new(1, 3600, "seconds");

    /// <summary>Bounds of <see cref="PostgresOptions.ReplicationRetryIntervalMs"/>.</summary>
    public static OptionBounds ReplicationRetryIntervalMs { get; } = new(50, 60_000, "milliseconds");

    /// <summary>Bounds of <see cref="PostgresOptions.WalSegmentSizeMb"/>: those of <c>initdb --wal-segsize</c>, which takes powers of two.</summary>
    public static OptionBounds WalSegmentSizeMb { get; } = new(1, 1024, "megabytes");

    /// <summary>Bounds of <see cref="PostgresOptions.MaxSlotWalKeepSizeMb"/>: four WAL segments of PostgreSQL's default size to 1 TiB.</summary>
    public static OptionBounds MaxSlotWalKeepSizeMb { get; } = new(64, 1 << 20, "megabytes");

    /// <summary>Bounds of <see cref="EtcdOptions.HeartbeatIntervalMs"/>.</summary>
    public static OptionBounds EtcdHeartbeat { get; } = new(10, 10_000, "milliseconds");

    /// <summary>Bounds of <see cref="EtcdOptions.ElectionTimeoutMs"/>.</summary>
    public static OptionBounds EtcdElectionTimeout { get; } = new(50, 50_000, "milliseconds");

    /// <summary>Bounds of <see cref="CertificateOptions.Days"/>.</summary>
    public static OptionBounds CertificateDays { get; } = new(1, 3650, "days");

    /// <summary>Bounds of <see cref="CertificateOptions.AuthorityDays"/>.</summary>
    public static OptionBounds AuthorityDays { get; } = new(1, 7300, "days");

    /// <summary>Bounds of the number of <see cref="CertificateOptions.Names"/>.</summary>
    public static OptionBounds CertificateNames { get; } = new(0, 50, "names");

    /// <summary>Bounds of a port other than 0 (any free one): containers run without privileges.</summary>
    public static OptionBounds Port { get; } = new(1024, 65_535, "");

    /// <summary>Bounds of <see cref="HAProxyOptions.MaxConnections"/>.</summary>
    public static OptionBounds ProxyConnections { get; } = new(10, 100_000, "");

    /// <summary>Bounds of HAProxy's check intervals and of its check and connect time-outs.</summary>
    public static OptionBounds ProxyTime { get; } = new(50, 60_000, "milliseconds");

    /// <summary>Bounds of <see cref="HAProxyOptions.QueueTimeoutMs"/>.</summary>
    public static OptionBounds ProxyQueue { get; } = new(50, 600_000, "milliseconds");

    /// <summary>Bounds of <see cref="HAProxyOptions.IdleTimeoutMinutes"/>.</summary>
    public static OptionBounds ProxyIdle { get; } = new(1, 10_080, "minutes");

    /// <summary>Bounds of <see cref="HAProxyOptions.Fall"/> and <see cref="HAProxyOptions.Rise"/>.</summary>
    public static OptionBounds CheckCount { get; } = new(1, 100, "checks");

    /// <summary>Bounds of <see cref="HAProxyOptions.Retries"/>.</summary>
    public static OptionBounds Retries { get; } = new(0, 100, "");

    private static readonly HashSet<string> ClusterRoles = new(StringComparer.Ordinal)
    {
        PostgresOptions.Superuser, PostgresOptions.ReplicationRole, PostgresOptions.RewindRole, PostgresOptions.MonitoringRole, "public", "none",
    };

    /// <summary>Finds the values that cannot be used.</summary>
    /// <param name="options">The options.</param>
    /// <returns>One clause for each wrong value, naming it and its bounds; none when all is well.</returns>
    public static IReadOnlyList<string> Validate(ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();

        Check("Ttl", options.Ttl, Ttl);
        Check("LoopWait", options.LoopWait, LoopWait);
        Check("RetryTimeout", options.RetryTimeout, RetryTimeout);
        if (errors.Count == 0 && options.LoopWait + (2 * options.RetryTimeout) > options.Ttl)
        {
            errors.Add(FormattableString.Invariant(
                $"{Section}:LoopWait + 2 * {Section}:RetryTimeout is {options.LoopWait} + 2 * {options.RetryTimeout} = {options.LoopWait + (2 * options.RetryTimeout)} seconds and must be at most {Section}:Ttl, which is {options.Ttl} seconds"));
        }

        Check("PrimaryStartTimeout", options.PrimaryStartTimeout, PrimaryStartTimeout);
        Check("MaximumLagOnFailover", options.MaximumLagOnFailover, MaximumLagOnFailover);
        Check("StartupTimeout", options.StartupTimeout, StartupTimeout);
        CheckEnum("Profile", options.Profile);
        CheckEnum("Synchronous", options.Synchronous);
        if (options.Scope is { } scope && !ScopePattern().IsMatch(scope))
        {
            errors.Add($"{Section}:Scope is '{scope}' and must be 1 to 63 lower-case letters, digits, '-' or '_', starting with a letter");
        }

        if (!NamespacePattern().IsMatch(options.Namespace))
        {
            errors.Add($"{Section}:Namespace is '{options.Namespace}' and must be a '/' followed by 1 to 63 letters, digits, '-' or '_'");
        }

        if (!ImagePattern().IsMatch(options.BaseImage))
        {
            errors.Add($"{Section}:BaseImage is '{options.BaseImage}' and must be the name of a container image, such as debian:trixie-slim");
        }

        ValidateCertificates(options, errors, Check);
        Check("Failover:ServerPollMs", options.Failover.ServerPollMs, ServerPoll);
        Check("Failover:MemberTimeoutMs", options.Failover.MemberTimeoutMs, MemberTimeout);
        Check("Failover:Restarts", options.Failover.Restarts, Restarts);
        if (options.Failover.FenceAfterMs != 0 && !FenceAfter.Contains(options.Failover.FenceAfterMs))
        {
            errors.Add(FormattableString.Invariant($"{Section}:Failover:FenceAfterMs is {options.Failover.FenceAfterMs} and must be 0 (never) or {FenceAfter}"));
        }

        ValidatePostgres(options.Postgres, errors, Check);
        ValidateEtcd(options.Etcd, errors, Check);
        ValidateHAProxy(options.HAProxy, errors, Check);
        return errors;

        void Check(string name, long value, OptionBounds bounds)
        {
            if (!bounds.Contains(value))
            {
                errors.Add(FormattableString.Invariant($"{Section}:{name} is {value} and must be {bounds}"));
            }
        }

        void CheckEnum<T>(string name, T value)
            where T : struct, Enum
        {
            if (!Enum.IsDefined(value))
            {
                errors.Add($"{Section}:{name} is '{value}' and must be one of {string.Join(", ", Enum.GetNames<T>())}");
            }
        }
    }

    /// <summary>Refuses options that cannot be used.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ClusterException">A value is out of its bounds; the message names each such value and its bounds.</exception>
    public static void ThrowIfInvalid(ClusterOptions options) => ThrowIfAny(Validate(options));

    /// <summary>Whether a name can be that of a node: it is also a host name, a PostgreSQL <c>application_name</c> and part of a slot's name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True for 1 to 63 lower-case letters, digits and '-', starting with a letter and not ending in '-'.</returns>
    public static bool IsNodeName(string name) => NodeNamePattern().IsMatch(name);

    /// <summary>
    /// Whether a name can be that of a database that the app host declares: it stands in connection strings and in shell and environment files, where
    /// nothing of it may be special.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <returns>True for 1 to 63 ASCII letters, digits, '_', '-' and '.', starting with a letter or '_'.</returns>
    public static bool IsDatabaseName(string name) => DatabaseNamePattern().IsMatch(name);

    internal static string DatabaseNameError(string name) =>
        $"the database name '{name}' must be 1 to 63 letters (a to z, A to Z), digits, '_', '-' or '.', starting with a letter or '_'";

    internal static void ThrowIfAny(IReadOnlyCollection<string> errors)
    {
        if (errors.Count > 0)
        {
            throw new ClusterException(string.Join("; ", errors) + ".");
        }
    }

    private static void ValidateCertificates(ClusterOptions options, List<string> errors, Action<string, long, OptionBounds> check)
    {
        CertificateOptions certificates = options.Certificates;
        check("Certificates:Days", certificates.Days, CertificateDays);
        check("Certificates:AuthorityDays", certificates.AuthorityDays, AuthorityDays);
        check("Certificates:Names", certificates.Names.Count, CertificateNames);
        if (certificates.Days > certificates.AuthorityDays)
        {
            errors.Add(FormattableString.Invariant(
                $"{Section}:Certificates:Days is {certificates.Days} and must be at most {Section}:Certificates:AuthorityDays, which is {certificates.AuthorityDays}"));
        }

        foreach (string name in certificates.Names.Where(name => !System.Net.IPAddress.TryParse(name, out _) && !HostNamePattern().IsMatch(name)))
        {
            errors.Add($"{Section}:Certificates:Names has '{name}', which is neither an IP address nor a host name");
        }

        foreach (string name in options.Postgres.Parameters.Keys.Where(name => options.Tls && PostgresParameters.IsOfTls(name)))
        {
            errors.Add($"{Section}:Postgres:Parameters:{name} cannot be set: {Section}:Tls decides it");
        }
    }

    private static void ValidatePostgres(PostgresOptions options, List<string> errors, Action<string, long, OptionBounds> check)
    {
        check("Postgres:MaxConnections", options.MaxConnections, MaxConnections);
        check("Postgres:ReplicationTimeout", options.ReplicationTimeout, ReplicationTimeout);
        check("Postgres:ReplicationStatusInterval", options.ReplicationStatusInterval, ReplicationStatusInterval);
        check("Postgres:ReplicationRetryIntervalMs", options.ReplicationRetryIntervalMs, ReplicationRetryIntervalMs);
        check("Postgres:WalSegmentSizeMb", options.WalSegmentSizeMb, WalSegmentSizeMb);
        if (WalSegmentSizeMb.Contains(options.WalSegmentSizeMb) && !BitOperations.IsPow2(options.WalSegmentSizeMb))
        {
            errors.Add(FormattableString.Invariant($"{Section}:Postgres:WalSegmentSizeMb is {options.WalSegmentSizeMb} and must be a power of two"));
        }

        check("Postgres:MaxSlotWalKeepSizeMb", options.MaxSlotWalKeepSizeMb, MaxSlotWalKeepSizeMb);
        if (!RolePattern().IsMatch(options.ApplicationRole))
        {
            errors.Add($"{Section}:Postgres:ApplicationRole is '{options.ApplicationRole}' and must be 1 to 63 lower-case letters, digits or '_', starting with a letter");
        }
        else if (ClusterRoles.Contains(options.ApplicationRole) || options.ApplicationRole.StartsWith("pg_", StringComparison.Ordinal))
        {
            errors.Add($"{Section}:Postgres:ApplicationRole is '{options.ApplicationRole}', which is one of PostgreSQL's or the cluster's own roles");
        }

        foreach ((string name, string value) in options.Parameters)
        {
            if (!ParameterPattern().IsMatch(name))
            {
                errors.Add($"{Section}:Postgres:Parameters has '{name}', which is not a name of a PostgreSQL parameter (letters, digits, '_' and '.')");
            }
            else if (PostgresParameters.IsReserved(name))
            {
                errors.Add($"{Section}:Postgres:Parameters:{name} cannot be set: Patroni or another option of the section {Section} decides it");
            }
            else if (!OneLine.Holds(value))
            {
                errors.Add($"{Section}:Postgres:Parameters:{name} must be one line of well-formed text without control characters");
            }
        }
    }

    private static void ValidateEtcd(EtcdOptions options, List<string> errors, Action<string, long, OptionBounds> check)
    {
        if (options.Members is not (1 or 3))
        {
            errors.Add(FormattableString.Invariant($"{Section}:Etcd:Members is {options.Members} and must be 1 or 3"));
        }

        check("Etcd:HeartbeatIntervalMs", options.HeartbeatIntervalMs, EtcdHeartbeat);
        check("Etcd:ElectionTimeoutMs", options.ElectionTimeoutMs, EtcdElectionTimeout);
        if (5 * options.HeartbeatIntervalMs > options.ElectionTimeoutMs)
        {
            errors.Add(FormattableString.Invariant(
                $"{Section}:Etcd:ElectionTimeoutMs is {options.ElectionTimeoutMs} and must be at least five times {Section}:Etcd:HeartbeatIntervalMs, which is {options.HeartbeatIntervalMs}"));
        }
    }

    private static void ValidateHAProxy(HAProxyOptions options, List<string> errors, Action<string, long, OptionBounds> check)
    {
        CheckPort("ReadWritePort", options.ReadWritePort);
        CheckPort("ReadOnlyPort", options.ReadOnlyPort);
        CheckPort("StatisticsPort", options.StatisticsPort);
        CheckDistinct("ReadWritePort", options.ReadWritePort, "ReadOnlyPort", options.ReadOnlyPort);
        CheckDistinct("ReadWritePort", options.ReadWritePort, "StatisticsPort", options.StatisticsPort);
        CheckDistinct("ReadOnlyPort", options.ReadOnlyPort, "StatisticsPort", options.StatisticsPort);
        check("HAProxy:MaxConnections", options.MaxConnections, ProxyConnections);
        check("HAProxy:CheckIntervalMs", options.CheckIntervalMs, ProxyTime);
        check("HAProxy:FastCheckIntervalMs", options.FastCheckIntervalMs, ProxyTime);
        check("HAProxy:DownCheckIntervalMs", options.DownCheckIntervalMs, ProxyTime);
        check("HAProxy:CheckTimeoutMs", options.CheckTimeoutMs, ProxyTime);
        check("HAProxy:ConnectTimeoutMs", options.ConnectTimeoutMs, ProxyTime);
        check("HAProxy:Fall", options.Fall, CheckCount);
        check("HAProxy:Rise", options.Rise, CheckCount);
        check("HAProxy:Retries", options.Retries, Retries);
        check("HAProxy:QueueTimeoutMs", options.QueueTimeoutMs, ProxyQueue);
        check("HAProxy:IdleTimeoutMinutes", options.IdleTimeoutMinutes, ProxyIdle);

        void CheckPort(string name, int port)
        {
            if (port != 0 && !Port.Contains(port))
            {
                errors.Add(FormattableString.Invariant($"{Section}:HAProxy:{name} is {port} and must be 0 (any free port) or {Port}"));
            }
        }

        void CheckDistinct(string first, int firstPort, string second, int secondPort)
        {
            if (firstPort != 0 && firstPort == secondPort)
            {
                errors.Add(FormattableString.Invariant($"{Section}:HAProxy:{first} and {Section}:HAProxy:{second} are both {firstPort} and must differ"));
            }
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_-]{0,62}\z")]
    private static partial Regex ScopePattern();

    [GeneratedRegex(@"\A/[A-Za-z0-9_-]{1,63}\z")]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9._/:@-]{0,253}[A-Za-z0-9._-])?\z")]
    private static partial Regex ImagePattern();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,62}\z")]
    private static partial Regex RolePattern();

    [GeneratedRegex(@"\A(?=.{1,253}\z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z")]
    private static partial Regex HostNamePattern();

    [GeneratedRegex(@"\A[a-z]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex NodeNamePattern();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.-]{0,62}\z")]
    private static partial Regex DatabaseNamePattern();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.]{0,62}\z")]
    private static partial Regex ParameterPattern();
}

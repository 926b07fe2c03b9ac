namespace HaPgAspire.Probe.Settings;

/// <summary>
/// What can be set on the probe: configuration section `Probe` (`Probe__WriteRate=200` in the environment,
/// `--Probe:WriteRate=200` as an argument). Times are written as `00:00:00.500`.
/// </summary>
public sealed record ProbeOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Probe";

    /// <summary>Name of the connection string of the front door (`ConnectionStrings__appdb`). Default `appdb`.</summary>
    public string Database { get; init; } = "appdb";

    /// <summary>
    /// Name of the cluster: the multi-host connection string (`ConnectionStrings__postgres`) and, in capitals, the prefix of the
    /// component addresses (`POSTGRES_MEMBERS`). Default `postgres`.
    /// </summary>
    public string Cluster { get; init; } = "postgres";

    /// <summary>Writes per second through the front door, 1 to 1000. Default 20.</summary>
    public double WriteRate { get; init; } = 20;

    /// <summary>Reads per second through the front door's read-only side, 0 to 1000; 0 turns them off. Default 20.</summary>
    public double ReadRate { get; init; } = 20;

    /// <summary>Writes per second straight to the nodes, 0 to 1000; 0 turns them off. Default 20.</summary>
    public double DirectWriteRate { get; init; } = 20;

    /// <summary>Reads per second straight to a replica, 0 to 1000; 0 turns them off. Default 0.</summary>
    public double DirectReadRate { get; init; }

    /// <summary>How long an attempt waits for a connection, 50 ms to 30 s. Default 500 ms. The connection is made all the same, for a later one.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a statement or COMMIT may take, 50 ms to 30 s. Default 1 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an operation is tried again from the moment it was due, 100 ms to 60 s. Default 2 s.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Longest wait between two attempts on a route that fails, 1 ms to 1 s; the jitter takes up to half of it off. Default 10 ms. It becomes
    /// longer when an outage lasts for more than ten seconds, up to a second.
    /// </summary>
    public TimeSpan SeekInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Attempts under way at once per route and kind, 1 to 200; also the size of its connection pool. Default 64.</summary>
    public int MaxConcurrency { get; init; } = 64;

    /// <summary>The shortest gap between acknowledgements, with a failed attempt in it, that is an outage, 20 ms to 60 s. Default 100 ms.</summary>
    public TimeSpan OutageThreshold { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The shortest gap between acknowledgements that is an outage though nothing failed, 100 ms to 60 s. Default 1 s.</summary>
    public TimeSpan StallThreshold { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often Patroni and HAProxy are asked while all is well, 100 ms to 60 s. Default 500 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How often they are asked during an outage, 20 ms to 60 s: the resolution of its phases. Default 100 ms. One that is slow to answer is asked less often:
    /// three times what its answer took after the last question, at most <see cref="PollInterval"/>.
    /// </summary>
    public TimeSpan OutagePollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>HAProxy's name for its read-write side. Default `read-write`.</summary>
    public string WriteProxy { get; init; } = "read-write";

    /// <summary>How often etcd's, Patroni's and HAProxy's Prometheus metrics are read, 1 s to 1 h. Default 5 s.</summary>
    public TimeSpan ScrapeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the rows of verified writes stay in the database, 1 min to 30 days. Default 1 h. Each comparison reads what is kept.
    /// </summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often acknowledged writes are compared with the database without an outage, 10 s to 1 day. Default 5 min.</summary>
    public TimeSpan VerifyInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a comparison waits for the leader, and then for the replicas to catch up, 1 s to 10 min. Default 30 s.</summary>
    public TimeSpan VerifyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Share of ordinary attempts whose spans are exported, 0 to 1. Default 0.01. Failed attempts always are.</summary>
    public double TraceRatio { get; init; } = 0.01;

    /// <summary>
    /// Folder of the ledger files. Default `HaPgAspire/Probe` in the user's local application data, or `ledger` beside the program
    /// where there is none.
    /// </summary>
    public string LedgerDirectory { get; init; } = DefaultLedgerDirectory();

    /// <summary>Size at which the ledger file is compacted, bytes, 4096 to 1 GiB. Default 1 MiB.</summary>
    public long CompactAt { get; init; } = 1024 * 1024;

    /// <summary>The token that permits actions, at least 16 characters; null or empty turns them off. Default null.</summary>
    public string? ActionToken { get; init; }

    /// <summary>Binds and checks the section.</summary>
    /// <exception cref="SettingsException">A value is missing, cannot be read or is out of bounds.</exception>
    public static ProbeOptions From(IConfiguration configuration)
    {
        ProbeOptions options;
        try
        {
            options = configuration.GetSection(Section).Get<ProbeOptions>() ?? new ProbeOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new SettingsException(e.Message);
        }

        options.Check();
        return options;
    }

    /// <summary>The records print their members, and the token is a secret.</summary>
    public override string ToString() => nameof(ProbeOptions);

    private void Check()
    {
        Require(Database.Length > 0, nameof(Database), "a name", Database);
        Require(Cluster.Length > 0, nameof(Cluster), "a name", Cluster);
        Require(WriteProxy.Length > 0, nameof(WriteProxy), "a name", WriteProxy);
        Between(WriteRate, 1, 1000, nameof(WriteRate));
        Between(ReadRate, 0, 1000, nameof(ReadRate));
        Between(DirectWriteRate, 0, 1000, nameof(DirectWriteRate));
        Between(DirectReadRate, 0, 1000, nameof(DirectReadRate));
        Between(ConnectTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30), nameof(ConnectTimeout));
        Between(CommandTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30), nameof(CommandTimeout));
        Between(RetryFor, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60), nameof(RetryFor));
        Between(SeekInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1), nameof(SeekInterval));
        Between(MaxConcurrency, 1, 200, nameof(MaxConcurrency));
        Between(OutageThreshold, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(60), nameof(OutageThreshold));
        Between(StallThreshold, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60), nameof(StallThreshold));
        Between(PollInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60), nameof(PollInterval));
        Between(OutagePollInterval, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(60), nameof(OutagePollInterval));
        Between(ScrapeInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(ScrapeInterval));
        Between(Retention, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), nameof(Retention));
        Between(VerifyInterval, TimeSpan.FromSeconds(10), TimeSpan.FromDays(1), nameof(VerifyInterval));
        Between(VerifyTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), nameof(VerifyTimeout));
        Between(TraceRatio, 0, 1, nameof(TraceRatio));
        Between(CompactAt, 4096, 1024 * 1024 * 1024, nameof(CompactAt));
        Require(LedgerDirectory.Length > 0, nameof(LedgerDirectory), "a folder", LedgerDirectory);
        Require(ActionToken is null or { Length: 0 or >= 16 }, nameof(ActionToken), "at least 16 characters long", "a shorter one");
    }

    private static string DefaultLedgerDirectory()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return data.Length > 0
            ? Path.Combine(data, "HaPgAspire", "Probe")
            : Path.Combine(AppContext.BaseDirectory, "ledger");
    }

    private static void Between<T>(T value, T least, T most, string name)
        where T : IComparable<T>, IFormattable =>
        Require(
            value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0,
            name,
            FormattableString.Invariant($"from {least} to {most}"),
            FormattableString.Invariant($"{value}"));

    private static void Require(bool holds, string name, string bounds, string given)
    {
        if (!holds)
        {
            throw new SettingsException($"{Section}:{name} must be {bounds}, not '{given}'.");
        }
    }
}

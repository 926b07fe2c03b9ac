namespace HaPgAspire.Hosting;

/// <summary>What HAProxy's configuration says beyond the cluster's options.</summary>
public sealed record HAProxySurroundings
{
    /// <summary>The data nodes.</summary>
    public required IReadOnlyList<PatroniMember> Members { get; init; }

    /// <summary>
    /// Whether members are named rather than addressed, so that HAProxy has to follow their names through DNS (<c>/etc/resolv.conf</c>). Default true;
    /// false for fixed addresses.
    /// </summary>
    public bool ResolveNames { get; init; } = true;

    /// <summary>The address that the three ports listen on. Default all, IPv4.</summary>
    public string ListenAddress { get; init; } = "*";

    /// <summary>The port that leads to the leader.</summary>
    public int ReadWritePort { get; init; } = 5000;

    /// <summary>The port that leads to the replicas.</summary>
    public int ReadOnlyPort { get; init; } = 5001;

    /// <summary>The port with statistics, metrics and health.</summary>
    public int StatisticsPort { get; init; } = 7000;

    /// <summary>The folder with HAProxy's certificates (<see cref="Security.CertificateFiles.ForHAProxy"/>). Default: that of the container image.</summary>
    public string CertificateDirectory { get; init; } = $"{ClusterImages.HAProxyConfigurationDirectory}/{Security.CertificateFiles.Folder}";

    /// <summary>
    /// With <see cref="ClusterOptions.Tls"/>, the port that tells HAProxy's health without TLS and nothing else: <c>/health</c> as on <see cref="StatisticsPort"/>, and
    /// <c>/alive</c>.
    /// </summary>
    public int HealthPort { get; init; } = 7001;

    /// <summary>The address that <see cref="HealthPort"/> listens on. Default: for checks on the same machine or in the same container.</summary>
    public string HealthAddress { get; init; } = "127.0.0.1";

    /// <summary>
    /// Where the log goes, as HAProxy's <c>log</c> directive takes it, for example <c>/dev/log local0</c>. Default none: members going up and down are
    /// written to standard error in any case.
    /// </summary>
    public string? LogTarget { get; init; }

    /// <summary>The Unix socket for <c>show stat</c> and the like; none by default.</summary>
    public string? AdminSocket { get; init; }
}

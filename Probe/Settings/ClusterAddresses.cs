using Npgsql;

namespace HaPgAspire.Probe.Settings;

/// <summary>Where the cluster and its components are. Holds passwords: it is never logged.</summary>
public sealed class ClusterAddresses
{
    private ClusterAddresses()
    {
    }

    /// <summary>The front door, read-write.</summary>
    public required NpgsqlConnectionStringBuilder FrontDoor { get; init; }

    /// <summary>The front door's read-only side; null when it was not given.</summary>
    public NpgsqlConnectionStringBuilder? ReadOnly { get; init; }

    /// <summary>All nodes in one connection string; null when it was not given.</summary>
    public NpgsqlConnectionStringBuilder? Nodes { get; init; }

    /// <summary>Patroni's REST API per member, in the order given.</summary>
    public required IReadOnlyList<MemberAddress> Members { get; init; }

    /// <summary>etcd's client addresses.</summary>
    public required IReadOnlyList<Uri> Etcd { get; init; }

    /// <summary>HAProxy's statistics listener; null when it was not given.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Login for HAProxy's statistics and metrics; null when it was not given.</summary>
    public Login? ProxyLogin { get; init; }

    /// <summary>Login for Patroni's unsafe verbs; null when it was not given.</summary>
    public Login? RestLogin { get; init; }

    /// <summary>The file with the authority that signs the components' certificates; null when they are spoken to without TLS, or with the machine's own trust.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>The file with the certificate and key that etcd wants to see; null when it wants none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Where the cluster is, without anything secret: the same for every probe that is pointed at it, another for every other cluster.</summary>
    public string Place => string.Join(
        ' ', [$"{FrontDoor.Host}:{FrontDoor.Port}/{FrontDoor.Database}", .. Members.Select(member => $"{member.Name}={member.Rest.Authority}")]);

    /// <summary>Reads the connection strings and addresses that the options name.</summary>
    /// <exception cref="SettingsException">The front door is missing, or something given cannot be read.</exception>
    public static ClusterAddresses From(IConfiguration configuration, ProbeOptions options)
    {
        var prefix = options.Cluster.ToUpperInvariant().Replace('-', '_');
        return new ClusterAddresses
        {
            FrontDoor = ConnectionString(configuration.GetConnectionString(options.Database), $"ConnectionStrings__{options.Database}")
                ?? throw new SettingsException(
                    $"The probe needs the front door's connection string in ConnectionStrings__{options.Database}."),
            ReadOnly = ConnectionString(configuration[$"{prefix}_READONLY"], $"{prefix}_READONLY"),
            Nodes = ConnectionString(configuration.GetConnectionString(options.Cluster), $"ConnectionStrings__{options.Cluster}"),
            Members = [.. Split(configuration[$"{prefix}_MEMBERS"]).Select(text => Member(text, $"{prefix}_MEMBERS"))],
            Etcd = [.. Split(configuration[$"{prefix}_ETCD"]).Select(text => Address(text, $"{prefix}_ETCD"))],
            Proxy = configuration[$"{prefix}_HAPROXY"] is { Length: > 0 } proxy ? Address(proxy, $"{prefix}_HAPROXY") : null,
            RootCertificate = configuration[$"{prefix}_ROOTCERTIFICATE"],
            ClientCertificate = configuration[$"{prefix}_CLIENTCERTIFICATE"],
            ProxyLogin = LoginOf($"{prefix}_STATISTICS"),
            RestLogin = LoginOf($"{prefix}_REST"),
        };

        Login? LoginOf(string name) =>
            configuration[$"{name}USERNAME"] is { Length: > 0 } user ? new Login(user, configuration[$"{name}PASSWORD"] ?? "") : null;
    }

    private static NpgsqlConnectionStringBuilder? ConnectionString(string? text, string name)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The exception may quote the string, password and all.
            throw new SettingsException($"{name} is not a connection string that Npgsql understands.");
        }
    }

    private static MemberAddress Member(string text, string name)
    {
        var separator = text.IndexOf('=', StringComparison.Ordinal);
        return separator > 0
            ? new MemberAddress(text[..separator], Address(text[(separator + 1)..], name))
            : throw new SettingsException($"{name} must list members as name=http://host:port, not '{text}'.");
    }

    private static Uri Address(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? address
            : throw new SettingsException($"{name} must be http or https addresses without a user name.");

    private static string[] Split(string? list) =>
        (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>One member's REST API.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Rest">Base address.</param>
public sealed record MemberAddress(string Name, Uri Rest);

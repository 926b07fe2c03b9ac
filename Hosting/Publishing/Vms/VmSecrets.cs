using System.Security.Cryptography;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The passwords of a cluster on machines, kept in one file that nobody but its owner may read.</summary>
internal sealed class VmSecrets
{
    public const string FileName = "secrets.env";

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // 62^32: some 190 bits.
    private const int Length = 32;

    /// <summary>The variables of a data node: those of Patroni, and those of the script that makes the roles.</summary>
    /// <param name="tls">Whether etcd wants a password.</param>
    public static IReadOnlyList<string> DataNames(bool tls) =>
    [
        "PATRONI_REPLICATION_PASSWORD",
        "PATRONI_REWIND_PASSWORD",
        "PATRONI_RESTAPI_PASSWORD",
        "CLUSTER_APPLICATION_PASSWORD",
        "CLUSTER_MONITORING_PASSWORD",
        .. tls ? [EtcdAccess.PasswordVariable] : Array.Empty<string>(),
    ];

    /// <summary>The variables that the machines read.</summary>
    /// <param name="tls">Whether etcd wants a password.</param>
    public static IReadOnlyList<string> Names(bool tls) => [.. DataNames(tls), HAProxyConfiguration.StatisticsPasswordVariable];

    /// <summary>The variables that one machine reads, and the only ones that it gets.</summary>
    public static IReadOnlyList<string> NamesFor(VmMachine machine, bool tls) =>
    [
        .. machine.Has(VmRole.Data) ? DataNames(tls) : [],
        .. machine.Has(VmRole.HAProxy) ? [HAProxyConfiguration.StatisticsPasswordVariable] : Array.Empty<string>(),
    ];

    /// <summary>What one machine gets of the file's text; null when it needs nothing.</summary>
    public static string? For(VmMachine machine, string? text, bool tls)
    {
        IReadOnlyList<string> names = NamesFor(machine, tls);
        return text is null || names.Count == 0
            ? null
            : string.Concat(text.Split('\n').Where(line => names.Any(name => line.StartsWith(name + "=", StringComparison.Ordinal))).Select(line => line + "\n"));
    }

    /// <summary>Reads the folder's file, or makes it where that is asked for.</summary>
    /// <returns>The file's text; null when there is none and none was asked for.</returns>
    /// <exception cref="ClusterException">The file lacks a password or could be read by others.</exception>
    public static async Task<string?> ReadOrCreateAsync(string directory, bool create, bool tls, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            if (!create)
            {
                return null;
            }

            await PublishedFolder
                .WriteAsync(directory, [PublishedFile.FromText(FileName, Generate(tls), PublishedFile.SecretMode)], [], cancellationToken)
                .ConfigureAwait(false);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
        {
            throw new ClusterException($"{path} holds passwords and can be read by others: run 'chmod 600 {path}', then publish again.");
        }

        string text = (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).ReplaceLineEndings("\n");
        Check(path, text, tls);
        return text;
    }

    private static string Generate(bool tls) =>
        "# Passwords of the cluster, made once. Publishing again keeps them. Keep this file as you keep a key; each machine gets the lines that it needs.\n"
        + string.Concat(Names(tls).Select(name => $"{name}={RandomNumberGenerator.GetString(Alphabet, Length)}\n"));

    private static void Check(string path, string text, bool tls)
    {
        Dictionary<string, string> found = text
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#') && line.Contains('=', StringComparison.Ordinal))
            .Select(line => line.Split('=', 2))
            .GroupBy(pair => pair[0], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);
        foreach (string name in Names(tls))
        {
            if (!found.TryGetValue(name, out string? value))
            {
                throw new ClusterException($"{path} has no {name}: add the line {name}=…, or remove the file to have all passwords made anew.");
            }

            // Read by a shell and by systemd, which quote differently.
            if (value.Length < 12 || !value.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.'))
            {
                throw new ClusterException($"{name} in {path} cannot be used: write at least 12 letters, digits, '-', '_' or '.', without quotes.");
            }
        }
    }
}

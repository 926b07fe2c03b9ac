using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HaPgAspire.Hosting;

/// <summary>
/// The name under which one run of an app host owns its session volumes. It tells the process that made a volume, so that the next run can remove
/// what a killed one left behind, and two runs at once never share one.
/// </summary>
/// <param name="Machine">A hash of the machine and its process namespace: only there does the process id mean anything.</param>
/// <param name="ProcessId">The app host's process id.</param>
/// <param name="StartedAt">When that process started, in seconds since 1970; tells two processes with the same id apart.</param>
/// <param name="Number">Counts the applications that one process builds, as tests do.</param>
internal sealed record ClusterSession(string Machine, int ProcessId, long StartedAt, int Number)
{
    /// <summary>What the names of all session volumes start with.</summary>
    public const string Prefix = "hapgaspire-session-";

    // The start of a process is computed from the clock, which may have been set since.
    private const int StartToleranceSeconds = 2;

    private static readonly string ThisMachine = HashOfMachine();
    private static int _number;

    /// <summary>A session of this process that no other application of it has.</summary>
    public static ClusterSession Create() =>
        new(ThisMachine, Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0, Interlocked.Increment(ref _number));

    /// <summary>The name of the volume of a resource.</summary>
    public string VolumeName(string resource) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Machine}-{ProcessId}-{StartedAt}-{Number}-{resource}");

    /// <summary>The session that a volume belongs to, or null when the name is not that of a session volume.</summary>
    public static ClusterSession? Parse(string volumeName)
    {
        if (!volumeName.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = volumeName[Prefix.Length..].Split('-', 5);
        return parts.Length == 5
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int processId)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long startedAt)
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? new ClusterSession(parts[0], processId, startedAt, number)
                : null;
    }

    /// <summary>Whether the process is certainly gone. One of another machine is never judged from here.</summary>
    /// <param name="startOf">When the process with an id started, or null when there is none.</param>
    public bool IsDead(Func<int, long?> startOf) =>
        Machine == ThisMachine && (startOf(ProcessId) is not { } start || Math.Abs(start - StartedAt) > StartToleranceSeconds);

    /// <summary>When a process of this machine started, in seconds since 1970; null when there is none.</summary>
    public static long? StartOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return new DateTimeOffset(process.StartTime).ToUnixTimeSeconds();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string HashOfMachine()
    {
        var identity = new StringBuilder(Environment.MachineName);
        if (OperatingSystem.IsLinux())
        {
            identity.Append('/').Append(File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name);
            if (File.Exists("/proc/sys/kernel/random/boot_id"))
            {
                identity.Append('/').Append(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToString())))[..12];
    }
}

using System.Globalization;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>
/// Which process owns an object on the engine. The labels are on everything that has to go when the app host goes: they let
/// the next app host tell the leftovers of a killed one from the containers of one that still runs. An object that outlives
/// its app host, such as a persistent volume, must not carry them.
/// </summary>
/// <param name="ProcessId">The app host's process id.</param>
/// <param name="ProcessStart">Tells two processes that got the same id apart; opaque.</param>
/// <param name="Boot">The machine's boot; after a reboot no earlier process is alive.</param>
/// <param name="Machine">The machine and its process id namespace: only there does the process id mean anything.</param>
internal sealed record AppHostIdentity(int ProcessId, string ProcessStart, string Boot, string Machine)
{
    public const string ProcessIdLabel = "hapgaspire.owner.pid";
    public const string ProcessStartLabel = "hapgaspire.owner.start";
    public const string BootLabel = "hapgaspire.owner.boot";
    public const string MachineLabel = "hapgaspire.owner.machine";

    /// <summary>This process.</summary>
    public static AppHostIdentity Current { get; } = new(
        Environment.ProcessId,
        StartOf(Environment.ProcessId) ?? "",
        ReadLine("/proc/sys/kernel/random/boot_id"),
        CurrentMachine());

    /// <summary>The labels, to be merged with an object's own.</summary>
    public IReadOnlyDictionary<string, string> Labels => new Dictionary<string, string>
    {
        [ProcessIdLabel] = ProcessId.ToString(CultureInfo.InvariantCulture),
        [ProcessStartLabel] = ProcessStart,
        [BootLabel] = Boot,
        [MachineLabel] = Machine,
    };

    /// <returns>Null where the labels name no owner.</returns>
    public static AppHostIdentity? FromLabels(IEnumerable<KeyValuePair<string, string>>? labels)
    {
        var known = labels?.ToDictionary(label => label.Key, label => label.Value) ?? [];
        return known.TryGetValue(ProcessIdLabel, out var id)
            && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            && known.TryGetValue(ProcessStartLabel, out var start)
            && known.TryGetValue(BootLabel, out var boot)
            && known.TryGetValue(MachineLabel, out var machine)
                ? new AppHostIdentity(processId, start, boot, machine)
                : null;
    }

    /// <summary>Whether the owner is certainly gone. An owner on another machine is never judged from here.</summary>
    /// <param name="observer">The process that asks.</param>
    /// <param name="startOf">When the process with an id started; null when there is none.</param>
    public bool IsDeadFor(AppHostIdentity observer, Func<int, string?> startOf)
    {
        if (Machine != observer.Machine)
        {
            return false;
        }

        return Boot != observer.Boot || startOf(ProcessId) != ProcessStart;
    }

    /// <summary>When a process of this machine started, in a form that only serves comparison; null when there is none.</summary>
    public static string? StartOf(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Field 22, in clock ticks since boot: Process.StartTime is derived from the wall clock and moves with it.
                // The second field, the name in parentheses, may itself hold blanks and parentheses.
                var status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
                var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');

                // One that has ended keeps its entry until its parent asks for the exit code.
                return fields[0] is "Z" or "X" ? null : fields[19];
            }

            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException
            or InvalidOperationException or IndexOutOfRangeException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string CurrentMachine()
    {
        var parts = new List<string> { Environment.MachineName, ReadLine("/etc/machine-id") };
        if (OperatingSystem.IsLinux())
        {
            parts.Add(File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "");
        }

        return string.Join('/', parts);
    }

    private static string ReadLine(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";
}

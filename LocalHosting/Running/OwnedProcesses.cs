using System.Diagnostics;
using System.Runtime.InteropServices;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>
/// Processes that belong to an app host. Each carries its owner in its environment, and so do its children: those of a
/// killed app host are found by it and ended at the next start, as its containers are by their labels.
/// </summary>
internal static partial class OwnedProcesses
{
    private const string OwnerVariable = "HAPGASPIRE_OWNER";
    private const string GroupLabel = "group";
    private const int Sigterm = 15;

    /// <param name="start">The process to be.</param>
    /// <param name="group">Names the process and its descendants, for <see cref="KillGroup"/>.</param>
    public static void Mark(ProcessStartInfo start, string group) =>
        start.Environment[OwnerVariable] = string.Join(';', AppHostIdentity.Current.Labels.Append(new(GroupLabel, group)).Select(l => $"{l.Key}={l.Value}"));

    /// <summary>Asks the process to end.</summary>
    public static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill(entireProcessTree: true);
        }
        else if (!process.HasExited)
        {
            _ = Kill(process.Id, Sigterm);
        }
    }

    /// <summary>Kills what a process has left running when it ended.</summary>
    public static void KillGroup(string group) => KillWhere(labels => labels.GetValueOrDefault(GroupLabel) == group);

    /// <summary>Kills what app hosts left behind that are gone.</summary>
    public static void Sweep() => KillWhere(labels => AppHostIdentity.FromLabels(labels)?.IsDeadFor(AppHostIdentity.Current, AppHostIdentity.StartOf) == true);

    /// <summary>Linux only: elsewhere a process's environment cannot be read.</summary>
    private static void KillWhere(Func<IReadOnlyDictionary<string, string>, bool> isWanted)
    {
        foreach (var directory in OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc") : [])
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id) || Labels(id) is not { } labels || !isWanted(labels))
            {
                continue;
            }

            try
            {
                using var leftover = Process.GetProcessById(id);
                leftover.Kill();
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended in between, or belongs to another user.
            }
        }
    }

    private static Dictionary<string, string>? Labels(int processId)
    {
        try
        {
            var prefix = $"{OwnerVariable}=";
            var variable = File.ReadAllText($"/proc/{processId}/environ").Split('\0').FirstOrDefault(v => v.StartsWith(prefix, StringComparison.Ordinal));
            return variable?[prefix.Length..].Split(';').Select(l => l.Split('=', 2)).Where(l => l.Length == 2).ToDictionary(l => l[0], l => l[1]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}

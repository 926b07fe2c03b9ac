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
    private const int Sigterm = 15;

    public static void Mark(ProcessStartInfo start) =>
        start.Environment[OwnerVariable] = string.Join(';', AppHostIdentity.Current.Labels.Select(l => $"{l.Key}={l.Value}"));

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

    /// <summary>Kills what app hosts left behind that are gone. Linux only: elsewhere a process's environment cannot be read.</summary>
    /// <returns>How many processes were killed.</returns>
    public static int Sweep()
    {
        var killed = 0;
        foreach (var directory in OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc") : [])
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id) || Owner(id)?.IsDeadFor(AppHostIdentity.Current, AppHostIdentity.StartOf) != true)
            {
                continue;
            }

            try
            {
                using var leftover = Process.GetProcessById(id);
                leftover.Kill();
                killed++;
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended in between, or belongs to another user.
            }
        }

        return killed;
    }

    private static AppHostIdentity? Owner(int processId)
    {
        try
        {
            var prefix = $"{OwnerVariable}=";
            var variable = File.ReadAllText($"/proc/{processId}/environ").Split('\0').FirstOrDefault(v => v.StartsWith(prefix, StringComparison.Ordinal));
            return variable is null
                ? null
                : AppHostIdentity.FromLabels(variable[prefix.Length..].Split(';').Select(l => l.Split('=', 2)).Where(l => l.Length == 2).Select(l => KeyValuePair.Create(l[0], l[1])));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}

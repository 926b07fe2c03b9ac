using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HaPgAspire.Hosting;

/// <summary>
/// A program with all that it starts, to be ended together. It is a session of its own, so Ctrl-C reaches it through its owner alone. <c>mmdebstrap</c>
/// takes its mounts and its directory away when all its processes are told to end; killed, it leaves them.
/// </summary>
internal sealed partial class ProcessGroup : IDisposable
{
    private const int Sigterm = 15;
    private const int Sigkill = 9;

    /// <summary>
    /// Between two requests to end: one that comes between two steps of a program is lost on it, and one that comes while it cleans up ends the cleaning.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    /// <summary>Until it is killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private ProcessGroup(Process leader) => Leader = leader;

    /// <summary>The program itself.</summary>
    public Process Leader { get; }

    /// <summary>Starts a program, its output and error output redirected; <see langword="null"/> when it is not installed.</summary>
    public static ProcessGroup? Start(string program, IReadOnlyList<string> arguments) =>
        ContainerRuntime.IsOnPath(program)
        && Process.Start(new ProcessStartInfo("setsid", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true }) is { } leader
            ? new ProcessGroup(leader)
            : null;

    /// <summary>Returns when all of it has ended; at once when it has already.</summary>
    public async Task EndAsync()
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!Leader.HasExited)
        {
            // Only with the leader alive is the number surely still the group's.
            _ = Signal(-Leader.Id, TimeProvider.System.GetElapsedTime(start) < Patience ? Sigterm : Sigkill);
            using var pause = new CancellationTokenSource(Pause);
            await Leader.WaitForExitAsync(pause.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => Leader.Dispose();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int processId, int signal);
}

using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>The graph's containers as the engine's command line sees them: where faults are brought in, and where they are seen to be there.</summary>
internal sealed class FaultContainers(ContainerRuntime runtime, ResourceNotificationService notifications)
{
    // One line per process: id, state, command line. Arguments are separated by NUL in /proc.
    private const string ListProcesses = """
        for process in /proc/[0-9]*; do
            state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "$process/status" 2>/dev/null) || continue
            printf '%s\t%s\t%s\n' "${process#/proc/}" "$state" "$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)"
        done
        """;

    /// <summary>psql in a node's container, as the superuser, with bare rows for an answer.</summary>
    public const string Psql = "psql --no-psqlrc -qAtX -d postgres";

    /// <summary>The engine's command line.</summary>
    public ContainerRuntime Runtime => runtime;

    /// <summary>The id of a resource's newest container.</summary>
    public async Task<string> IdAsync(IResource resource, CancellationToken cancellationToken) =>
        IdOf(await notifications.WaitForResourceAsync(resource.Name, change => IdOf(change) is not null, cancellationToken))!;

    /// <summary>A container's state, or <see langword="null"/> when it is gone for good.</summary>
    public async Task<ContainerState?> StateAsync(string id, CancellationToken cancellationToken)
    {
        (int exitCode, string output, _) = await runtime.TryRunAsync(
            ["inspect", "--type", "container", "--format", "{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}", id], cancellationToken);
        return exitCode == 0 && output.Trim().Split(' ') is [var status, var code, var process]
            ? new ContainerState(status, int.Parse(code, CultureInfo.InvariantCulture), int.Parse(process, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Sends a signal to a container's first process, from outside: inside, not even SIGKILL reaches it.</summary>
    public Task SignalAsync(string id, string signal, CancellationToken cancellationToken) => runtime.RunAsync(["kill", "--signal", signal, id], cancellationToken);

    /// <summary>Sends a signal to one process of a container.</summary>
    public Task SignalAsync(string id, ContainerProcess process, string signal, CancellationToken cancellationToken) => process.Id == 1
        ? SignalAsync(id, signal, cancellationToken)
        : ExecuteAsync(id, string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {process.Id}"), cancellationToken);

    /// <summary>
    /// Stops processes of a container and looks in the same breath whether they are: who watches over the leader may have ended the container a moment later.
    /// </summary>
    /// <returns>Those that are stopped (state T).</returns>
    public async Task<IReadOnlyList<ContainerProcess>> StopAsync(string id, IReadOnlyList<ContainerProcess> processes, CancellationToken cancellationToken)
    {
        foreach (ContainerProcess first in processes.Where(one => one.Id == 1))
        {
            await SignalAsync(id, first, "STOP", cancellationToken);
        }

        string all = string.Join(' ', processes.Select(one => one.Id));
        string inside = string.Join(' ', processes.Where(one => one.Id != 1).Select(one => one.Id));
        string output = await ExecuteAsync(
            id,
            $$"""
            for process in {{inside}}; do kill -STOP "$process"; done
            for look in {1..100}; do
                stopped=()
                for process in {{all}}; do
                    read -r line 2>/dev/null <"/proc/$process/stat" && [[ ${line##*) } == T* ]] && stopped+=("$process")
                done
                [[ "${stopped[*]}" == '{{all}}' ]] && break
                sleep 0.02
            done
            echo "${stopped[*]}"
            """,
            cancellationToken);
        string[] stopped = output.Trim().Split(' ');
        return [.. processes.Where(one => stopped.Contains(one.Id.ToString(CultureInfo.InvariantCulture)))];
    }

    /// <summary>Freezes every process of a container.</summary>
    public Task PauseAsync(string id, CancellationToken cancellationToken) => runtime.RunAsync(["pause", id], cancellationToken);

    /// <summary>Lets a frozen container go on.</summary>
    public Task UnpauseAsync(string id, CancellationToken cancellationToken) => runtime.RunAsync(["unpause", id], cancellationToken);

    /// <summary>Runs a script in a container, as the user that the container runs as.</summary>
    /// <exception cref="ClusterException">The script failed, or the container does not run.</exception>
    public Task<string> ExecuteAsync(string id, string script, CancellationToken cancellationToken) =>
        runtime.RunAsync(["exec", id, "/bin/bash", "-c", script], cancellationToken);

    /// <summary>The processes of a running container.</summary>
    public async Task<IReadOnlyList<ContainerProcess>> ProcessesAsync(string id, CancellationToken cancellationToken) =>
    [
        .. (await ExecuteAsync(id, ListProcesses, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Where(fields => fields is [_, { Length: 1 }, _])
            .Select(fields => new ContainerProcess(int.Parse(fields[0], CultureInfo.InvariantCulture), fields[1][0], fields[2].Trim())),
    ];

    private static string? IdOf(ResourceEvent change) => change.Snapshot.Properties.FirstOrDefault(property => property.Name == "container.id")?.Value as string;
}

/// <summary>A container as the engine describes it.</summary>
/// <param name="Status">The engine's word: <c>running</c>, <c>paused</c>, <c>exited</c> …</param>
/// <param name="ExitCode">The first process's exit code; 137 after SIGKILL.</param>
/// <param name="ProcessId">Its id on the engine's machine; 0 while it does not run.</param>
internal sealed record ContainerState(string Status, int ExitCode, int ProcessId)
{
    public bool IsRunning => Status is "running" or "paused" && ProcessId > 0;

    public bool IsPaused => Status == "paused";
}

/// <summary>One process of a container.</summary>
/// <param name="Id">Its id in the container's own namespace.</param>
/// <param name="State">The kernel's letter (proc(5)): <c>T</c> is stopped, <c>Z</c> dead and not yet waited for.</param>
/// <param name="Command">Its command line.</param>
internal sealed record ContainerProcess(int Id, char State, string Command)
{
    /// <summary>Whether it is Patroni, or the launcher of the image that it runs in.</summary>
    public bool IsPatroni => Command.Contains("/usr/bin/patroni ", StringComparison.Ordinal) || Command.Contains("/patroni-launcher.py ", StringComparison.Ordinal);

    /// <summary>Whether it is PostgreSQL's first process. Its children call themselves <c>postgres: …</c>.</summary>
    public bool IsPostmaster => Command.Contains("/postgres -D ", StringComparison.Ordinal);

    /// <summary>Whether it is any of PostgreSQL's processes.</summary>
    public bool IsPostgres => IsPostmaster || Command.StartsWith("postgres: ", StringComparison.Ordinal);
}

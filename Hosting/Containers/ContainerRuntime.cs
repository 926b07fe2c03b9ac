using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.Hosting;

/// <summary>
/// The container engine's command line, for the few things that the hosting API has no call for: killing a container, cutting it off, removing volumes, making the base
/// image. It is the engine that Aspire uses: <c>ASPIRE_CONTAINER_RUNTIME</c>, else Docker, else Podman where only that is installed.
/// </summary>
internal sealed class ContainerRuntime(IConfiguration configuration)
{
    private const string Docker = "docker";
    private const string Podman = "podman";

    /// <summary>The command: <c>docker</c> or <c>podman</c>.</summary>
    public string Command { get; } = configuration["ASPIRE_CONTAINER_RUNTIME"] ?? configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"]
        ?? (!IsOnPath(Docker) && IsOnPath(Podman) ? Podman : Docker);

    /// <summary>Sends SIGKILL to a container's first process.</summary>
    /// <exception cref="ClusterException">The engine refused, or its command line is not installed.</exception>
    public async Task KillAsync(string container, CancellationToken cancellationToken) => await RunAsync(["kill", container], cancellationToken);

    /// <summary>Runs a command of the engine that reads a text.</summary>
    /// <exception cref="ClusterException">It ended with an exit code other than 0, or is not installed.</exception>
    public async Task RunAsync(IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken)
    {
        using Process process = Start(Command, arguments, redirectInput: true) ?? throw new ClusterException($"`{Command}` is not installed.");
        Task<(int ExitCode, string Output, string Error)> end = EndAsync(process, cancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended early; its exit code and output say why.
        }

        (int exitCode, _, string error) = await end;
        if (exitCode != 0)
        {
            throw new ClusterException(EngineFailure.Describe(error) ?? $"`{Command} {arguments[0]}` failed: {error.Trim()}.");
        }
    }

    /// <summary>Takes every network away from a container, running or frozen; its published ports lead nowhere then.</summary>
    /// <exception cref="ClusterException">The engine refused, or its command line is not installed.</exception>
    public async Task CutOffAsync(string container, CancellationToken cancellationToken)
    {
        string networks = await RunAsync(["inspect", "--format", "{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}", container], cancellationToken);
        foreach (string network in networks.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await RunAsync(["network", "disconnect", "--force", network, container], cancellationToken);
        }
    }

    /// <summary>Runs a command of the engine and returns what it printed.</summary>
    /// <exception cref="ClusterException">It ended with an exit code other than 0, or is not installed.</exception>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        (int exitCode, string output, string error) = await TryRunAsync(arguments, cancellationToken);
        return exitCode == 0
            ? output
            : throw new ClusterException(EngineFailure.Describe(error) ?? $"`{Command} {arguments[0]}` failed: {error.Trim()}.");
    }

    /// <summary>Runs a command of the engine.</summary>
    /// <exception cref="ClusterException">The engine's command line is not installed.</exception>
    public async Task<(int ExitCode, string Output, string Error)> TryRunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using Process process = Start(Command, arguments, redirectInput: false)
            ?? throw new ClusterException($"No container engine: `{Command}` is not installed; install Docker or Podman (on Debian and Ubuntu: apt-get install docker.io docker-cli), or set ASPIRE_CONTAINER_RUNTIME.");
        return await EndAsync(process, cancellationToken);
    }

    /// <summary>Runs a command of the engine whose input is what another program prints.</summary>
    /// <returns>The exit code and the error output of whichever failed; 127 when the program is not installed.</returns>
    /// <exception cref="ClusterException">The engine's command line is not installed.</exception>
    public async Task<(int ExitCode, string Error)> RunAfterAsync(
        string program, IReadOnlyList<string> programArguments, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        const int NotInstalled = 127;
        using ProcessGroup? source = ProcessGroup.Start(program, programArguments);
        if (source is null)
        {
            return (NotInstalled, "it is not installed");
        }

        using Process target = Start(Command, arguments, redirectInput: true) ?? throw new ClusterException($"`{Command}` is not installed.");
        Task<(int ExitCode, string Output, string Error)> end = EndAsync(target, cancellationToken);
        try
        {
            Task<string> errors = source.Leader.StandardError.ReadToEndAsync(cancellationToken);
            bool accepted = true;
            try
            {
                await source.Leader.StandardOutput.BaseStream.CopyToAsync(target.StandardInput.BaseStream, cancellationToken);
            }
            catch (IOException)
            {
                // The engine's command ended early; its exit code and output say why.
                accepted = false;
            }

            if (accepted)
            {
                await source.Leader.WaitForExitAsync(cancellationToken);
                if (source.Leader.ExitCode != 0)
                {
                    // Without an end of its input the engine's command makes nothing of the beginning.
                    return (source.Leader.ExitCode, await errors);
                }

                target.StandardInput.Close();
            }

            (int exitCode, _, string error) = await end;
            return (exitCode, error);
        }
        finally
        {
            Kill(target);
            await ((Task)end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await source.EndAsync();
        }
    }

    internal static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(directory => File.Exists(Path.Combine(directory, OperatingSystem.IsWindows() ? program + ".exe" : program)));

    private static Process? Start(string program, IReadOnlyList<string> arguments, bool redirectInput)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = redirectInput, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}

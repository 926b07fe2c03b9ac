using System.Diagnostics;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>The container engine's command line.</summary>
internal static class Docker
{
    /// <summary>Runs a command to its end; returns the first line of its output.</summary>
    public static async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var docker = Process.Start(new ProcessStartInfo("docker", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = docker.StandardError.ReadToEndAsync(cancellationToken);
        var output = await docker.StandardOutput.ReadToEndAsync(cancellationToken);
        await docker.WaitForExitAsync(cancellationToken);
        return docker.ExitCode == 0
            ? output.Trim().Split('\n')[0]
            : throw new InvalidOperationException($"docker {arguments[0]} failed: {await error}");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace HaPgAspire.Hosting;

/// <summary>Another app host of the same program, for cases that need another profile or another graph. Its output goes where this one's does.</summary>
internal static class FaultProcess
{
    /// <summary>How long an interrupted app host may take to remove its containers; the terminal has interrupted it as well.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(90);

    /// <summary>Runs the cases there and returns what it found.</summary>
    /// <exception cref="ClusterException">It ended without a report.</exception>
    public static async Task<FaultReport> RunAsync(
        IReadOnlyList<FaultCase> cases, ClusterProfile profile, FaultOptions options, string folder, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            FaultOptions.Verb, .. cases.Select(one => one.Name), "--here", "--runs", options.Runs.ToString(CultureInfo.InvariantCulture),
            "--rate", options.Rate.ToString(CultureInfo.InvariantCulture), "--output", folder,
            .. options.Settings, .. cases[0].Arguments, $"--{ClusterOptions.SectionName}:{nameof(ClusterOptions.Profile)}={profile}",
        ];
        string report = Path.Combine(folder, FaultReport.JsonFile);
        Directory.CreateDirectory(folder);
        File.Delete(report);
        string program = Environment.ProcessPath!;

        // Started through `dotnet program.dll`, the process is the runtime's host and wants to be told the program.
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        using Process process = Process.Start(new ProcessStartInfo(program, isHost ? [Assembly.GetEntryAssembly()!.Location, .. arguments] : arguments) { UseShellExecute = false })!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            await EndAsync(process);
        }

        return File.Exists(report)
            ? FaultReport.Read(await File.ReadAllTextAsync(report, cancellationToken))
            : throw new ClusterException($"The app host for {string.Join(", ", cases.Select(one => one.Name))} ended with exit code {process.ExitCode} and without a report; its output above says why.");
    }

    private static async Task EndAsync(Process process)
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}

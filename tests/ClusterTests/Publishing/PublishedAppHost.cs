using System.Diagnostics;

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>The repository's own app host as a user publishes it, in a process of its own.</summary>
internal static class PublishedAppHost
{
    /// <summary>Runs one step, and wants it to succeed.</summary>
    /// <param name="step">The step.</param>
    /// <param name="folder">The output path.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="arguments">More of the command line.</param>
    public static async Task PublishAsync(string step, string folder, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "HaPgAspire.AppHost.dll"), "--operation", "publish", "--step", step, "--output-path", folder, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, output + await errors);
    }
}

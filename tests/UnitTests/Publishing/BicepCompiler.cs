using System.Diagnostics;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Runs the Bicep compiler.</summary>
internal static class BicepCompiler
{
    /// <summary>Runs it.</summary>
    /// <returns>The exit code and the diagnostics; what it writes to standard output is dropped.</returns>
    public static async Task<(int ExitCode, string Diagnostics)> RunAsync(params string[] arguments)
    {
        Assert.SkipUnless(Repository.Bicep is not null, "The Bicep compiler's package is for Linux on x64.");
        var start = new ProcessStartInfo(Repository.Bicep!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, errors);
    }
}

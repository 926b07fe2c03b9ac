using System.Diagnostics;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Runs the repository's own app host as a user does, in a process of its own.</summary>
internal static class AppHostProcess
{
    /// <summary>What a run said and how it ended.</summary>
    internal sealed record Result(int ExitCode, string Output, string Errors);

    /// <summary>Runs one publish step into a folder.</summary>
    public static Task<Result> PublishAsync(string step, string folder, params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), ["--operation", "publish", "--step", step, "--output-path", folder, .. arguments]);

    /// <summary>Runs the app host with a command line and further environment variables.</summary>
    /// <param name="environment">The variables.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="launcher">A program with arguments that runs the app host in its turn; none by default.</param>
    public static async Task<Result> RunAsync(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments, IReadOnlyList<string>? launcher = null)
    {
        string[] command = [.. launcher ?? [], Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "HaPgAspire.AppHost.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "AppHost"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new Result(process.ExitCode, output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

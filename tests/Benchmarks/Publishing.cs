using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace HaPgAspire.Benchmarks;

/// <summary>
/// Seconds that the step of each target takes inside the app host, as the step itself says, and seconds of the whole process. Each run publishes to a folder of its own.
/// </summary>
internal static partial class Publishing
{
    private static readonly string[] Steps = ["publish-compose", "publish-vms", "publish-azure"];

    public static async Task RunAsync(int runs, CancellationToken cancellationToken)
    {
        foreach (string step in Steps)
        {
            var figures = new List<(double Step, double Process)>();
            // The first is a warm-up.
            for (int run = 0; run <= runs; run++)
            {
                (double Step, double Process) figure = await MeasureAsync(step, cancellationToken);
                if (run > 0)
                {
                    figures.Add(figure);
                }
            }

            double[] steps = [.. figures.Select(figure => figure.Step).Order()];
            double[] processes = [.. figures.Select(figure => figure.Process).Order()];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{step,-16} step {steps[steps.Length / 2]:F2} s (least {steps[0]:F2}, most {steps[^1]:F2}), process {processes[processes.Length / 2]:F2} s"));
        }
    }

    private static async Task<(double Step, double Process)> MeasureAsync(string step, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("hapg-publishing-").FullName;
        try
        {
            var elapsed = Stopwatch.StartNew();
            using Process process = Process.Start(new ProcessStartInfo(
                "dotnet", [AppHostProcess.AssemblyPath, "--operation", "publish", "--step", step, "--output-path", folder, "--Publish:GenerateSecrets=true"])
            {
                WorkingDirectory = AppHostProcess.RepositoryRoot,
                RedirectStandardOutput = true,
            }) ?? throw new InvalidOperationException("dotnet did not start.");
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Match said = SecondsPattern().Match(output);
            return process.ExitCode == 0 && said.Success
                ? (double.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture), elapsed.Elapsed.TotalSeconds)
                : throw new InvalidOperationException($"{step} ended with exit code {process.ExitCode}: {output}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@", (\d+\.\d\d) s\b")]
    private static partial Regex SecondsPattern();
}

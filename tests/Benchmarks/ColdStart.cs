using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.Benchmarks;

/// <summary>
/// Seconds from <c>dotnet run</c> of the built app host to the first committed write, and to three members streaming, beside the same images started by
/// <c>baseline.sh</c> with the guide's settings. The two take turns, so that a machine that changes its pace changes both.
/// </summary>
internal static class ColdStart
{
    public static async Task RunAsync(int runs, CancellationToken cancellationToken)
    {
        await BaselineAsync(cancellationToken, "build", Path.Combine(AppHostProcess.RepositoryRoot, "Hosting", "Images"));
        var ours = new List<(double Write, double Stream)>();
        var guides = new List<(double Write, double Stream)>();
        Console.WriteLine("run    app host: write  stream    guide: write  stream   (seconds)");

        // The first round is a warm-up: it builds images and fills caches.
        for (int run = 0; run <= runs; run++)
        {
            (double Write, double Stream) our = await MeasureAppHostAsync(cancellationToken);
            (double Write, double Stream) guide = await MeasureBaselineAsync(cancellationToken);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(run == 0 ? "warm" : run),4}    {our.Write,15:F2}  {our.Stream,6:F2}    {guide.Write,12:F2}  {guide.Stream,6:F2}"));
            if (run > 0)
            {
                ours.Add(our);
                guides.Add(guide);
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median {Median(ours, t => t.Write),14:F2}  {Median(ours, t => t.Stream),6:F2}    {Median(guides, t => t.Write),12:F2}  {Median(guides, t => t.Stream),6:F2}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ratio of the medians: first write {Median(ours, t => t.Write) / Median(guides, t => t.Write):F2}, streaming {Median(ours, t => t.Stream) / Median(guides, t => t.Stream):F2}"));
    }

    private static async Task<(double Write, double Stream)> MeasureAppHostAsync(CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        await using var appHost = AppHostProcess.Start(throughDotnetRun: true);
        await FrontDoor.FirstWriteAsync(appHost.ReadWritePort, "app", cancellationToken);
        double write = elapsed.Elapsed.TotalSeconds;
        await FrontDoor.ReplicasStreamAsync(appHost.ReadWritePort, "monitoring", cancellationToken);
        return (write, elapsed.Elapsed.TotalSeconds);
    }

    private static async Task<(double Write, double Stream)> MeasureBaselineAsync(CancellationToken cancellationToken)
    {
        int port = AppHostProcess.FreePorts(1)[0];
        string prefix = $"hapg-baseline-{Environment.ProcessId}";
        var elapsed = Stopwatch.StartNew();
        try
        {
            await BaselineAsync(cancellationToken, "up", prefix, AppHostProcess.Password, port.ToString(CultureInfo.InvariantCulture));
            await FrontDoor.FirstWriteAsync(port, "postgres", cancellationToken);
            double write = elapsed.Elapsed.TotalSeconds;
            await FrontDoor.ReplicasStreamAsync(port, "postgres", cancellationToken);
            return (write, elapsed.Elapsed.TotalSeconds);
        }
        finally
        {
            await BaselineAsync(CancellationToken.None, "down", prefix);
        }
    }

    private static async Task BaselineAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using Process script = Process.Start("bash", [Path.Combine(AppContext.BaseDirectory, "baseline.sh"), .. arguments])
            ?? throw new InvalidOperationException("bash did not start.");
        await script.WaitForExitAsync(cancellationToken);
        if (script.ExitCode != 0)
        {
            throw new InvalidOperationException($"baseline.sh {arguments[0]} ended with exit code {script.ExitCode}.");
        }
    }

    private static double Median(IEnumerable<(double Write, double Stream)> runs, Func<(double Write, double Stream), double> figure)
    {
        double[] sorted = [.. runs.Select(figure).Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

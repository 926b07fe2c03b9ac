using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.Benchmarks;

/// <summary>What the app host's own process costs while the cluster idles: resident memory, and its share of one core.</summary>
internal static class Overhead
{
    public static async Task RunAsync(TimeSpan window, CancellationToken cancellationToken)
    {
        await using var appHost = AppHostProcess.Start(throughDotnetRun: false);
        await FrontDoor.FirstWriteAsync(appHost.ReadWritePort, "app", cancellationToken);
        await FrontDoor.ReplicasStreamAsync(appHost.ReadWritePort, "monitoring", cancellationToken);
        using var process = Process.GetProcessById(appHost.Id);

        // What starting up still has to finish is not idling.
        await Task.Delay(TimeSpan.FromSeconds(15), cancellationToken);
        process.Refresh();
        TimeSpan before = process.TotalProcessorTime;
        var elapsed = Stopwatch.StartNew();
        await Task.Delay(window, cancellationToken);
        process.Refresh();
        double share = (process.TotalProcessorTime - before) / elapsed.Elapsed;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"resident {process.WorkingSet64 / 1048576.0:F0} MB, {share * 100:F2} % of one core over {elapsed.Elapsed.TotalSeconds:F0} s"));
    }
}

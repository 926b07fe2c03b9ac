using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HaPgAspire.Benchmarks;

/// <summary>
/// What the graph's probe costs at 200 writes per second through the front door, on a cluster of three members: its share of one core, its resident
/// memory, and how much its ledger keeps of a write. Ends with 1 when a bar is missed.
/// </summary>
internal static class ProbeLoad
{
    private const int WriteRate = 200;
    private const double MostOfACore = 0.15;
    private const double MostMegabytes = 150;
    private const double MostBytesPerWrite = 16;

    // Often enough that the ledger is compacted many times within a minute.
    private const int CompactAt = 65_536;

    private const double Megabyte = 1_048_576;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(TimeSpan window, CancellationToken cancellationToken)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("hapg-probe-load-");
        try
        {
            await using var appHost = AppHostProcess.Start(
                throughDotnetRun: false,
                ("Probe__WriteRate", WriteRate.ToString(CultureInfo.InvariantCulture)),
                ("Probe__LedgerDirectory", directory.FullName),
                ("Probe__CompactAt", CompactAt.ToString(CultureInfo.InvariantCulture)));
            await FrontDoor.FirstWriteAsync(appHost.ReadWritePort, "app", cancellationToken);
            await FrontDoor.ReplicasStreamAsync(appHost.ReadWritePort, "monitoring", cancellationToken);
            using Process probe = await FindAsync(directory.FullName, cancellationToken);
            using var client = new HttpClient { BaseAddress = AddressOf(probe) };
            await AwaitAsync(async () => await AcknowledgedAsync(client, cancellationToken) > 0, cancellationToken);
            await Task.Delay(WarmUp, cancellationToken);
            return await MeasureAsync(probe, client, directory, window, cancellationToken) ? 0 : 1;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<bool> MeasureAsync(Process probe, HttpClient client, DirectoryInfo directory, TimeSpan window, CancellationToken cancellationToken)
    {
        FileInfo ledger = directory.GetFiles("*.ledger").Single();
        probe.Refresh();
        TimeSpan processor = probe.TotalProcessorTime;
        long first = await AcknowledgedAsync(client, cancellationToken);
        var elapsed = Stopwatch.StartNew();
        double resident = 0;
        double perWrite = double.NaN;
        long length = long.MaxValue;
        TimeSpan shown = Between;
        while (elapsed.Elapsed < window)
        {
            await Task.Delay(Pause, cancellationToken);
            probe.Refresh();
            resident = Math.Max(resident, probe.WorkingSet64 / Megabyte);
            ledger.Refresh();
            if (ledger.Length < length)
            {
                // It has just been compacted: what is left is what is kept of all writes so far.
                perWrite = ledger.Length / (double)await AcknowledgedAsync(client, cancellationToken);
            }

            length = ledger.Length;
            if (elapsed.Elapsed >= shown)
            {
                shown += Between;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.Elapsed:mm\\:ss} resident {probe.WorkingSet64 / Megabyte:F0} MB, ledger {length} bytes"));
            }
        }

        probe.Refresh();
        double seconds = elapsed.Elapsed.TotalSeconds;
        double share = (probe.TotalProcessorTime - processor).TotalSeconds / seconds;
        double rate = (await AcknowledgedAsync(client, cancellationToken) - first) / seconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate:F1} acknowledged writes/s through the front door (of {WriteRate}) over {seconds:F0} s"));
        return Report("processor, % of one core", share * 100, MostOfACore * 100)
            & Report("resident at most, MB", resident, MostMegabytes)
            & Report("ledger after compaction, bytes per acknowledged write", perWrite, MostBytesPerWrite)
            & Report("writes/s fallen behind", WriteRate - rate, WriteRate * 0.01);
    }

    private static bool Report(string what, double value, double most)
    {
        bool holds = value <= most;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(holds ? "ok    " : "MISSED")} {what}: {value:F2}, bar {most:F0}"));
        return holds;
    }

    private static async Task<long> AcknowledgedAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using JsonDocument counters = JsonDocument.Parse(await client.GetStringAsync(new Uri("api/counters", UriKind.Relative), cancellationToken));
        foreach (JsonElement route in counters.RootElement.GetProperty("routes").EnumerateArray())
        {
            if (route.GetProperty("route").GetString() == "FrontDoor")
            {
                return route.GetProperty("counters").GetProperty("acknowledged").GetInt64();
            }
        }

        return 0;
    }

    // The app host gives its programs its own environment, so the probe is the one whose ledger is in the benchmark's folder.
    private static async Task<Process> FindAsync(string directory, CancellationToken cancellationToken)
    {
        Process? found = null;
        await AwaitAsync(
            () =>
            {
                found = Process.GetProcesses().FirstOrDefault(process =>
                    Variable(process, "Probe__LedgerDirectory") == directory && CommandLine(process).Contains("HaPgAspire.Probe", StringComparison.Ordinal));
                return Task.FromResult(found is not null);
            },
            cancellationToken);
        return found!;
    }

    private static Uri AddressOf(Process probe) => new(
        (Variable(probe, "ASPNETCORE_URLS") ?? throw new InvalidOperationException("The probe was not told where to listen.")).Split(';')[0]);

    private static string? Variable(Process process, string name) => ReadProcess(process, "environ")
        .Split('\0')
        .FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    private static string CommandLine(Process process) => ReadProcess(process, "cmdline");

    private static string ReadProcess(Process process, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/{file}"), Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is somebody else's.
            return string.Empty;
        }
    }

    private static async Task AwaitAsync(Func<Task<bool>> reached, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (!await ReachedAsync())
        {
            await Task.Delay(Pause, limit.Token);
        }

        async Task<bool> ReachedAsync()
        {
            try
            {
                return await reached();
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }
}

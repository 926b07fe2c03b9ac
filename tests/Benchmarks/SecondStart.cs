using System.Diagnostics;
using System.Globalization;

namespace HaPgAspire.Benchmarks;

/// <summary>Seconds that a start with cached images spends before the engine is asked to create the first container.</summary>
internal static class SecondStart
{
    public static async Task RunAsync(int runs, CancellationToken cancellationToken)
    {
        var figures = new List<double>();
        for (int run = 0; run <= runs; run++)
        {
            using var events = new Process
            {
                StartInfo = new ProcessStartInfo("docker", ["events", "--filter", "event=create", "--filter", "type=container", "--format", "{{.TimeNano}}"])
                {
                    RedirectStandardOutput = true,
                },
            };
            events.Start();
            long started = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await using (var appHost = AppHostProcess.Start(throughDotnetRun: false))
            {
                string line = await events.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("docker events ended.");
                double seconds = ((long.Parse(line, CultureInfo.InvariantCulture) / 1e6) - started) / 1e3;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(run == 0 ? "warm" : run)}  {seconds:F2} s to the first container"));
                if (run > 0)
                {
                    figures.Add(seconds);
                }

                await FrontDoor.FirstWriteAsync(appHost.ReadWritePort, "app", cancellationToken);
            }

            events.Kill();
            await events.WaitForExitAsync(cancellationToken);
        }

        figures.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median {figures[figures.Count / 2]:F2} s (least {figures[0]:F2}, most {figures[^1]:F2})"));
    }
}

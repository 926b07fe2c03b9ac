using System.Globalization;
using HaPgAspire.Benchmarks;

// dotnet run --project tests/Benchmarks -c Release -- cold-start|second-start|overhead|publishing|probe [runs, or minutes of the probe]
using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    cancellation.Cancel();
};

int runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
try
{
    switch (args.FirstOrDefault())
    {
        case "cold-start":
            await ColdStart.RunAsync(runs, cancellation.Token);
            return 0;
        case "second-start":
            await SecondStart.RunAsync(runs, cancellation.Token);
            return 0;
        case "overhead":
            await Overhead.RunAsync(TimeSpan.FromSeconds(60), cancellation.Token);
            return 0;
        case "publishing":
            await Publishing.RunAsync(runs, cancellation.Token);
            return 0;
        case "probe":
            return await ProbeLoad.RunAsync(TimeSpan.FromMinutes(runs), cancellation.Token);
        default:
            await Console.Error.WriteLineAsync("usage: Benchmarks cold-start|second-start|overhead|publishing [runs], or probe [minutes]");
            return 2;
    }
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    // What was started is gone already.
    return 130;
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace HaPgAspire.Benchmarks;

/// <summary>The built app host as a process of its own, as a user runs it, on ports and with passwords of the benchmark's choice.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    /// <summary>The password of the benchmark's roles. Not a secret: the cluster lives for one run on loopback.</summary>
    public const string Password = "benchmark";

    private readonly Process _process;

    private AppHostProcess(Process process, int readWritePort)
    {
        _process = process;
        ReadWritePort = readWritePort;
    }

    public int ReadWritePort { get; }

    public int Id => _process.Id;

    public static string RepositoryRoot => Metadata("RepositoryRoot");

    /// <summary>The built app host, below the repository's root.</summary>
    public static string AssemblyPath { get; } = Path.Combine("AppHost", "bin", Metadata("Configuration"), "net10.0", "HaPgAspire.AppHost.dll");

    /// <summary>Starts <c>dotnet run --no-build</c>, or the built assembly itself where only the app host's own process is of interest.</summary>
    /// <param name="throughDotnetRun">As a user starts it.</param>
    /// <param name="environment">More variables, which the graph's own programs get as well.</param>
    public static AppHostProcess Start(bool throughDotnetRun, params IEnumerable<(string Name, string Value)> environment)
    {
        int[] ports = FreePorts(5);
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = RepositoryRoot, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] launch = throughDotnetRun
            ? ["run", "--no-build", "-c", Metadata("Configuration"), "--project", "AppHost", "--"]
            : [AssemblyPath];
        foreach (string argument in launch)
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--Cluster:HAProxy:ReadWritePort={ports[0]}"));
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--Cluster:HAProxy:ReadOnlyPort={ports[1]}"));
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--Cluster:HAProxy:StatisticsPort={ports[2]}"));

        if (!throughDotnetRun)
        {
            // What `dotnet run` takes from launchSettings.json; Aspire asks for it.
            start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
            start.Environment["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[3]}");
            start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[4]}");
        }

        start.Environment["Parameters__postgres-password"] = Password;
        start.Environment["Parameters__postgres-monitoring-password"] = Password;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => Console.Error.WriteLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new AppHostProcess(process, ports[0]);
    }

    /// <summary>Asks the app host to end, as Ctrl-C does, and waits until it has removed what it made.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using Process? kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    private static string Metadata(string key) =>
        typeof(AppHostProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}

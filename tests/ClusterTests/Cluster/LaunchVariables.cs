using System.Net;
using System.Net.Sockets;

namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>What `dotnet run` takes from launchSettings.json. Without it Aspire's dashboard asks for a developer certificate.</summary>
internal static class LaunchVariables
{
    /// <summary>The environment of an app host of a test's own, on ports of its own.</summary>
    public static Dictionary<string, string> Make()
    {
        using var dashboard = new TcpListener(IPAddress.Loopback, 0);
        using var telemetry = new TcpListener(IPAddress.Loopback, 0);
        dashboard.Start();
        telemetry.Start();
        return new()
        {
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
            ["ASPNETCORE_URLS"] = $"http://{dashboard.LocalEndpoint}",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://{telemetry.LocalEndpoint}",
        };
    }
}

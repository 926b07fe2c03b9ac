namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The stand-alone Aspire dashboard as a service that starts with <c>docker compose --profile dashboard up</c>. Without it, the services' exporters
/// find nobody and go on.
/// </summary>
internal static class ComposeDashboard
{
    public const string Name = "dashboard";

    public const string OtlpEndpoint = "http://dashboard:18889";

    private const int FrontendPort = 18888;

    public static string ApiKey(ComposeVariables variables) => variables.Secret("DASHBOARD_OTLP_API_KEY", "Key that services show to the dashboard when they send telemetry; letters and digits");

    public static ComposeService Service(ComposeOptions options, ComposeVariables variables)
    {
        string bind = variables.Setting("BIND_ADDRESS", options.BindAddress, "Address of this machine that the published ports listen on; 0.0.0.0 lets everybody in");
        string port = variables.Setting("DASHBOARD_PORT", "18888", "Port of this machine for the dashboard");
        return new ComposeService
        {
            Image = options.DashboardImage,
            Profiles = [Name],
            Hostname = Name,
            Environment = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["ASPNETCORE_URLS"] = $"http://+:{FrontendPort}",
                ["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken",
                ["DASHBOARD__FRONTEND__BROWSERTOKEN"] = variables.Secret("DASHBOARD_BROWSER_TOKEN", "Token that the dashboard asks a browser for; letters and digits"),
                ["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey",
                ["DASHBOARD__OTLP__PRIMARYAPIKEY"] = ApiKey(variables),
                ["DOTNET_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://+:18889",
            },
            Ports = [$"{bind}:{port}:{FrontendPort}"],
            Networks = [],
            Restart = "unless-stopped",
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges:true"],
            Logging = new ComposeLogging { Driver = string.Empty, Options = new Dictionary<string, string>() },
        };
    }
}

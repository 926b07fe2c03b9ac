namespace HaPgAspire.Hosting.Publishing;

/// <summary>The settings of the target docker compose, in the section <c>Publish:Compose</c>.</summary>
public sealed record ComposeOptions
{
    /// <summary>
    /// The compose project's name, which the names of its containers, volumes, network and images begin with. Default <c>postgres-ha</c>. Lower-case
    /// letters, digits, <c>-</c> and <c>_</c>, starting with a letter or digit.
    /// </summary>
    public string ProjectName { get; init; } = "postgres-ha";

    /// <summary>
    /// The address of the machine that the front door and the projects' pages listen on; becomes the default of <c>BIND_ADDRESS</c>. Default
    /// <c>127.0.0.1</c>.
    /// </summary>
    public string BindAddress { get; init; } = "127.0.0.1";

    /// <summary>
    /// Whether the stand-alone Aspire dashboard is part of the file, under the profile <c>dashboard</c>, and the projects send their telemetry to it. Default true.
    /// </summary>
    public bool Dashboard { get; init; } = true;

    /// <summary>The dashboard's image. Default <c>mcr.microsoft.com/dotnet/aspire-dashboard:13.5</c>.</summary>
    public string DashboardImage { get; init; } = "mcr.microsoft.com/dotnet/aspire-dashboard:13.5";

    /// <summary>
    /// The image with the ASP.NET Core runtime that projects are built on; becomes the default of <c>DOTNET_IMAGE</c>. Default
    /// <c>mcr.microsoft.com/dotnet/aspnet:10.0</c>.
    /// </summary>
    public string DotnetImage { get; init; } = "mcr.microsoft.com/dotnet/aspnet:10.0";
}

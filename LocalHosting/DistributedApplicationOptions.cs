namespace HaPgAspire.LocalHosting;

/// <summary>How an application builder is set up.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>Null: the entry assembly.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>Null: the directory of the app host's project.</summary>
    public string? ProjectDirectory { get; set; }

    public bool DisableDashboard { get; set; }

    /// <summary>Writes resources' logs to the app host's log too.</summary>
    public bool EnableResourceLogging { get; set; }

    public bool AllowUnsecuredTransport { get; set; }

    public string? DashboardApplicationName { get; set; }

    public string? ContainerRegistryOverride { get; set; }
}

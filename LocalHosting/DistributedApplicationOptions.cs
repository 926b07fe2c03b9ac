namespace HaPgAspire.LocalHosting;

/// <summary>How an application builder is set up.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>Null: the entry assembly.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>Null: the directory of the app host's project.</summary>
    public string? ProjectDirectory { get; set; }

    /// <summary>No dashboard is started, and waiting for a resource ends when that has failed.</summary>
    public bool DisableDashboard { get; set; }

    /// <summary>Nothing is shown on the terminal, and no second terminal can steer the application.</summary>
    internal bool IsTest { get; set; }
}

using Microsoft.Extensions.Configuration;

namespace HaPgAspire.Hosting;

/// <summary>Where a cluster's options come from: what the app host's code declares, with the configuration laid over it.</summary>
internal sealed class ClusterOptionsSource
{
    private readonly IConfigurationSection _section;
    private readonly List<string> _errors = [];
    private ClusterOptions _declared;

    /// <param name="configuration">The app host's configuration.</param>
    /// <param name="declared">The defaults, before the app host's code changes them.</param>
    public ClusterOptionsSource(IConfiguration configuration, ClusterOptions declared)
    {
        _declared = declared;
        _section = configuration.GetSection(ClusterOptions.SectionName);
        Current = ClusterOptionsReader.Read(_section, _declared, _errors);
    }

    /// <summary>The options in force; not validated.</summary>
    public ClusterOptions Current { get; private set; }

    /// <summary>What could not be read from the configuration.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public void Change(Func<ClusterOptions, ClusterOptions> change)
    {
        _declared = change(_declared);
        _errors.Clear();
        Current = ClusterOptionsReader.Read(_section, _declared, _errors);
    }
}

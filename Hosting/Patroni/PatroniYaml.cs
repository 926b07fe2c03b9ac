using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace HaPgAspire.Hosting;

/// <summary>
/// Writes <c>patroni.yml</c>. The file holds no secret: passwords come from the environment, from <c>PATRONI_REPLICATION_PASSWORD</c>,
/// <c>PATRONI_REWIND_PASSWORD</c>, <c>PATRONI_RESTAPI_USERNAME</c> and <c>PATRONI_RESTAPI_PASSWORD</c>.
/// </summary>
public static class PatroniYaml
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        // Patroni's parser follows YAML 1.1, where a bare on, off, yes or no is a truth value.
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithIndentedSequences()
        .Build();

    /// <summary>Writes the file of one member.</summary>
    /// <param name="options">The cluster's options, valid.</param>
    /// <param name="node">The member and its surroundings.</param>
    /// <returns>The text of the file.</returns>
    public static string Write(ClusterOptions options, PatroniNodeConfiguration node)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(node);
        return Serializer.Serialize(PatroniDocument.Create(options, node));
    }

    /// <summary>Writes the cluster-wide settings alone, as <c>patronictl edit-config --apply</c> takes them, to change a cluster that exists.</summary>
    /// <param name="options">The cluster's options, valid.</param>
    /// <returns>The text of the file.</returns>
    public static string WriteDynamic(ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Serializer.Serialize(PatroniDynamicConfiguration.Create(options));
    }
}

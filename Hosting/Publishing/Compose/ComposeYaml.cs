using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes <c>docker-compose.yaml</c>.</summary>
internal static class ComposeYaml
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithIndentedSequences()
        .DisableAliases()
        .Build();

    public static string Write(ComposeDocument document) => Serializer.Serialize(document);
}

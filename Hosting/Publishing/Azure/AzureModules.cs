using System.Reflection;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The Bicep modules, which are the same for every graph.</summary>
internal static class AzureModules
{
    private const string Prefix = "azure/";

    /// <summary>Reads the modules.</summary>
    /// <param name="folder">The folder in the target.</param>
    public static IEnumerable<PublishedFile> Read(string folder)
    {
        Assembly assembly = typeof(AzureModules).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return PublishedFile.FromText($"{folder}/{name[Prefix.Length..]}", reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }
}

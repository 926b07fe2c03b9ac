using System.Reflection;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>What the build knows about the repository and its tools.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.TrimEndingDirectorySeparator(Metadata("RepositoryRoot")!);

    /// <summary>The Bicep compiler; null on a platform that the package does not serve.</summary>
    public static string? Bicep { get; } = Metadata("BicepPath");

    private static string? Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == key)?.Value;
}

using System.Security.Cryptography;
using HaPgAspire.ClusterTests.Vms;

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>An image that tests build themselves, once, and keep under a name that follows from its files.</summary>
internal static class TestImage
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Builds the image where it is not there yet.</summary>
    /// <param name="name">The name without a tag.</param>
    /// <param name="folder">The build context, below the tests' output folder.</param>
    /// <param name="cancellationToken">Ends the building.</param>
    /// <returns>The name with its tag.</returns>
    public static async Task<string> EnsureAsync(string name, string folder, CancellationToken cancellationToken)
    {
        string context = Path.Combine(AppContext.BaseDirectory, folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(context).Order(StringComparer.Ordinal))
        {
            hash.AppendData(await File.ReadAllBytesAsync(file, cancellationToken));
        }

        string image = $"{name}:{Convert.ToHexStringLower(hash.GetCurrentHash())[..12]}";
        await Gate.WaitAsync(cancellationToken);
        try
        {
            if ((await DockerCommand.TryAsync(null, cancellationToken, "image", "inspect", image)).ExitCode != 0)
            {
                await DockerCommand.RunAsync(cancellationToken, "build", "--quiet", "--tag", image, context);
            }
        }
        finally
        {
            Gate.Release();
        }

        return image;
    }
}

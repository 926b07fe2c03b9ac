using System.Security.Cryptography;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>The image of a bare machine; built once and kept, under a name that follows from its files.</summary>
internal static class MachineImage
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    public static async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        string context = Path.Combine(AppContext.BaseDirectory, "Vms", "Machine");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(context).Order(StringComparer.Ordinal))
        {
            hash.AppendData(await File.ReadAllBytesAsync(file, cancellationToken));
        }

        string image = $"hapgaspire-machine:{Convert.ToHexStringLower(hash.GetCurrentHash())[..12]}";
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

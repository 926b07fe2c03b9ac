using Microsoft.Extensions.Logging;

namespace HaPgAspire.Hosting;

/// <summary>Makes sure that the image which the cluster's images are built on exists: there already, pulled, or made with <c>mmdebstrap</c>.</summary>
internal sealed partial class BaseImage(ContainerRuntime runtime, ILogger<BaseImage> logger)
{
    /// <exception cref="ClusterException">The engine cannot be used, or the image can be neither pulled nor made.</exception>
    public async Task EnsureAsync(string image, CancellationToken cancellationToken)
    {
        (int exitCode, _, string error) = await runtime.TryRunAsync(["image", "inspect", "--format", "{{.Id}}", image], cancellationToken);
        if (exitCode == 0)
        {
            return;
        }

        if (EngineFailure.Describe(error) is { } unusable)
        {
            throw new ClusterException(unusable);
        }

        LogPull(logger, image);
        (exitCode, _, error) = await runtime.TryRunAsync(["pull", "--quiet", image], cancellationToken);
        if (exitCode == 0)
        {
            return;
        }

        if (await MakeAsync(image, cancellationToken) is { } reason)
        {
            throw new ClusterException(
                $"The base image {image} can be neither pulled ({EngineFailure.LastLine(error)}) nor made here ({reason}); load it by hand ({runtime.Command} load), or name one that is there with --{ClusterOptions.SectionName}:{nameof(ClusterOptions.BaseImage)}=….");
        }
    }

    /// <summary>The Debian release that an image's name asks for, or null when it is no such image.</summary>
    internal static string? ReleaseOf(string image)
    {
        const string Repository = "debian:";
        const string Slim = "-slim";
        if (!image.StartsWith(Repository, StringComparison.Ordinal))
        {
            return null;
        }

        string tag = image[Repository.Length..];
        string release = tag.EndsWith(Slim, StringComparison.Ordinal) ? tag[..^Slim.Length] : tag;
        return release.Length > 0 && release.All(char.IsAsciiLetterLower) ? release : null;
    }

    // Why it cannot be made; null once it is.
    private async Task<string?> MakeAsync(string image, CancellationToken cancellationToken)
    {
        if (ReleaseOf(image) is not { } release)
        {
            return "only debian:<release> and debian:<release>-slim can be";
        }

        LogMake(logger, image);
        (int exitCode, string error) = await runtime.RunAfterAsync(
            "mmdebstrap",
            [
                "--variant=minbase", "--quiet", "--include=ca-certificates",
                "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                release, "-",
            ],
            ["import", "--change", "CMD [\"bash\"]", "-", image],
            cancellationToken);
        return exitCode == 0 ? null : $"mmdebstrap: {EngineFailure.LastLine(error)}";
    }

    [LoggerMessage(LogLevel.Information, "Pulling the base image {Image}.")]
    private static partial void LogPull(ILogger logger, string image);

    [LoggerMessage(LogLevel.Information, "No registry gives the base image {Image}; making it with mmdebstrap.")]
    private static partial void LogMake(ILogger logger, string image);
}

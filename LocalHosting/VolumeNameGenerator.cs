using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>Names volumes so that two app hosts do not share one by accident.</summary>
public static class VolumeNameGenerator
{
    /// <summary><c>APPLICATION-HASH-RESOURCE-SUFFIX</c>; the hash is of the app host's path when running, of its name when publishing.</summary>
    /// <exception cref="ArgumentException">The suffix has characters that volume names may not have.</exception>
    public static string Generate<T>(IResourceBuilder<T> builder, string suffix)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(suffix);
        if (!suffix.All(IsAllowed))
        {
            throw new ArgumentException($"The suffix '{suffix}' contains invalid characters. Only [a-zA-Z0-9_.-] are allowed.", nameof(suffix));
        }

        var application = builder.ApplicationBuilder;
        var name = string.Concat(application.Environment.ApplicationName.ToLowerInvariant().Select((c, i) => i == 0 ? (char.IsAsciiLetterOrDigit(c) ? c : '_') : IsAllowed(c) ? c : '_'));
        var hash = application.Configuration["AppHost:Sha256"]![..10].ToLowerInvariant();
        return $"{name}-{hash}-{builder.Resource.Name}-{suffix}";
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-';
}

using System.Collections.Frozen;
using System.Security.Cryptography;

namespace HaPgAspire.Probe.Page;

/// <summary>
/// The page's files. They are embedded in the assembly, so that the page is there wherever the probe was started from:
/// its project folder, a published folder or a container.
/// </summary>
internal sealed class PageFiles
{
    private const string Prefix = "wwwroot/";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    private PageFiles(IReadOnlyList<PageFile> files) => All = files;

    /// <summary>Every file, by ascending path.</summary>
    public IReadOnlyList<PageFile> All { get; }

    /// <summary>Reads the files that the assembly carries.</summary>
    /// <exception cref="InvalidOperationException">The assembly carries a file of a kind that the page doesn't have.</exception>
    public static PageFiles Load()
    {
        var assembly = typeof(PageFiles).Assembly;
        var files = new List<PageFile>();
        foreach (var name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            // The separator is the building machine's.
            var path = name.Replace('\\', '/');
            if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            using var resource = assembly.GetManifestResourceStream(name)!;
            var content = new byte[resource.Length];
            resource.ReadExactly(content);
            if (!ContentTypes.TryGetValue(Path.GetExtension(path), out var contentType))
            {
                throw new InvalidOperationException($"The page's file {path} has no known content type.");
            }

            files.Add(new PageFile(
                path[Prefix.Length..], contentType, content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\""));
        }

        return new PageFiles(files);
    }
}

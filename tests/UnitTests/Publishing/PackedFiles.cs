using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Reads the large files in a cloud-init file, which travel compressed.</summary>
internal static partial class PackedFiles
{
    /// <summary>The content of an entry of <c>write_files</c>, as cloud-init writes it to the disk.</summary>
    public static string Content(YamlMappingNode file)
    {
        string content = file["content"].ToString();
        return file.Children.ContainsKey("encoding") ? Unpack(content) : content;
    }

    /// <summary>The text with all compressed files readable, whatever version of zlib packed them.</summary>
    public static string Readable(string text) =>
        Packed().Replace(text, match => $"{match.Groups["start"]}\n{Unpack(match.Groups["content"].Value)}");

    private static string Unpack(string content)
    {
        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(content)), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?<start>^  encoding: gz\+b64\n  content: \|)\n(?<content>(    \S+\n)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Packed();
}

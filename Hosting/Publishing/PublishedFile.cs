using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>One file of a published target.</summary>
public sealed record PublishedFile
{
    /// <summary>Mode of a file that anybody may read: rw-r--r--.</summary>
    public const UnixFileMode ReadableMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Mode of a file with secrets: rw-------.</summary>
    public const UnixFileMode SecretMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Mode of a program: rwxr-xr-x.</summary>
    public const UnixFileMode ProgramMode = ReadableMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The path below the target's folder, with <c>/</c> between its parts.</summary>
    public required string Path { get; init; }

    /// <summary>What is in the file.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The file's mode where the file system has modes. Default <see cref="ReadableMode"/>.</summary>
    public UnixFileMode Mode { get; init; } = ReadableMode;

    /// <summary>The content of a text file.</summary>
    public string Text => Encoding.UTF8.GetString(Content.Span);

    /// <summary>A text file in UTF-8 without a byte order mark.</summary>
    /// <param name="path">The path below the target's folder.</param>
    /// <param name="text">The text; lines end in <c>\n</c>.</param>
    /// <param name="mode">The mode.</param>
    /// <returns>The file.</returns>
    public static PublishedFile FromText(string path, string text, UnixFileMode mode = ReadableMode)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PublishedFile { Path = path, Content = Encoding.UTF8.GetBytes(text), Mode = mode };
    }
}

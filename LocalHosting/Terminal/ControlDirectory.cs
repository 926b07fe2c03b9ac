using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>Where running app hosts can be found: one Unix domain socket each, in a directory of the user's own.</summary>
internal sealed class ControlDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Extension = ".sock";

    public ControlDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>Below $XDG_RUNTIME_DIR, which only its user can enter and which goes with the login; else below the temporary directory.</summary>
    public static ControlDirectory Default { get; } = new(
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime)
            ? System.IO.Path.Combine(runtime, "hapgaspire")
            : System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"hapgaspire-{Environment.UserName}"));

    /// <summary>The socket of the app host that runs as process <paramref name="processId"/> from a project directory.</summary>
    public string SocketOf(string projectDirectory, int processId)
    {
        var project = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(System.IO.Path.GetFullPath(projectDirectory))))[..12];
        return System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{project}-{processId}{Extension}"));
    }

    /// <summary>All sockets, of running app hosts and of dead ones.</summary>
    public IReadOnlyList<string> Sockets() => Directory.Exists(Path) ? [.. Directory.EnumerateFiles(Path, "*" + Extension).Order(StringComparer.Ordinal)] : [];

    /// <summary>Whether the process that a socket is named after is gone.</summary>
    public static bool OwnerIsGone(string socket)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(socket);
        return int.TryParse(name[(name.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            && AppHostIdentity.StartOf(processId) is null;
    }

    /// <exception cref="IOException">The directory is another one's, or open to others.</exception>
    public void Ensure()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
            return;
        }

        var directory = Directory.CreateDirectory(Path, OwnerOnly);
        if (directory.LinkTarget is not null || directory.UnixFileMode != OwnerOnly)
        {
            throw new IOException($"'{Path}' is open to other users; remove it, or set XDG_RUNTIME_DIR to a directory of your own.");
        }
    }
}

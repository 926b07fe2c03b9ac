namespace HaPgAspire.Hosting.Security;

/// <summary>The folder with the certificate files for clients on this machine. It lasts as long as the run.</summary>
internal static class ClientFolder
{
    private const UnixFileMode EverybodyEnters = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Where the folders of all runs lie: the user's own data, where nobody else can put another authority in the place of this one.</summary>
    public static string Root { get; } = Path.Combine(UserData(), "HaPgAspire", "clusters");

    /// <summary>The folder of a cluster in a run.</summary>
    public static string Of(ClusterSession session, string cluster) => Path.Combine(Root, session.VolumeName(cluster));

    /// <summary>Writes the files, each in one step: a client reads either the old or the new one.</summary>
    public static void Write(string directory, IReadOnlyList<CertificateFile> files)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, EverybodyEnters);
        }

        foreach (CertificateFile file in files)
        {
            string path = Path.Combine(directory, file.Name);
            string temporary = $"{path}.new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = file.Mode;
            }

            using (var writer = new StreamWriter(temporary, options))
            {
                writer.Write(file.Contents);
            }

            File.Move(temporary, path, overwrite: true);
        }
    }

    /// <summary>Removes the folders of runs that are certainly gone.</summary>
    public static void Sweep()
    {
        foreach (string directory in Directory.Exists(Root) ? Directory.GetDirectories(Root) : [])
        {
            if (ClusterSession.Parse(Path.GetFileName(directory))?.IsDead(ClusterSession.StartOf) == true)
            {
                Remove(directory);
            }
        }
    }

    /// <summary>Removes a folder.</summary>
    public static void Remove(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string UserData()
    {
        string path = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return path.Length > 0 ? path : Path.GetTempPath();
    }
}

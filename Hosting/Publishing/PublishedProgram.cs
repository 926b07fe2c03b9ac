using System.Diagnostics;
using System.Reflection;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The built program of a project resource: the assemblies that <c>dotnet build</c> of the app host has made.</summary>
/// <param name="AssemblyName">The name of the assembly to run.</param>
/// <param name="Folder">The folder with the build's output.</param>
internal sealed record PublishedProgram(string AssemblyName, string Folder)
{
    /// <summary>Asks MSBuild where the project's output is, in the configuration that the app host itself was built in.</summary>
    /// <exception cref="ClusterException">The project is not built.</exception>
    public static async Task<PublishedProgram> LocateAsync(ProjectResource project, CancellationToken cancellationToken)
    {
        string path = project.Annotations.OfType<IProjectMetadata>().Last().ProjectPath;
        string configuration = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration is { Length: > 0 } name ? name : "Debug";
        string target = await TargetPathAsync(project.Name, path, configuration, cancellationToken);
        return File.Exists(target) && File.Exists(Path.ChangeExtension(target, ".runtimeconfig.json"))
            ? new PublishedProgram(Path.GetFileNameWithoutExtension(target), Path.GetDirectoryName(target)!)
            : throw new ClusterException($"{project.Name} is not built ({target} is missing): run 'dotnet build -c {configuration} {path}' and publish again.");
    }

    /// <summary>Reads the program's files, without symbols, development settings and the launcher of this machine's platform.</summary>
    /// <param name="folder">The folder in the target.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<IReadOnlyList<PublishedFile>> FilesAsync(string folder, CancellationToken cancellationToken)
    {
        var files = new List<PublishedFile>();
        foreach (string path in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string relative = Path.GetRelativePath(Folder, path).Replace('\\', '/');
            if (IsNeeded(relative))
            {
                files.Add(new PublishedFile { Path = $"{folder}/{relative}", Content = await File.ReadAllBytesAsync(path, cancellationToken) });
            }
        }

        return files;
    }

    private bool IsNeeded(string relative) =>
        relative != AssemblyName
        && relative != AssemblyName + ".exe"
        && !relative.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase)
        && !relative.EndsWith(".xml", StringComparison.OrdinalIgnoreCase)
        && !relative.Contains(".staticwebassets.", StringComparison.OrdinalIgnoreCase)
        && !relative.Equals("appsettings.Development.json", StringComparison.OrdinalIgnoreCase);

    private static async Task<string> TargetPathAsync(string name, string project, string configuration, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "msbuild", project, "-nologo", "-getProperty:TargetPath", $"-property:Configuration={configuration}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start) ?? throw new ClusterException($"Cannot find out where {name} was built: dotnet does not start.");
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 && output.Length > 0
                ? output
                : throw new ClusterException($"Cannot find out where {name} was built: {FirstLine(output + "\n" + await errors)}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string FirstLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault("dotnet msbuild failed.");
}

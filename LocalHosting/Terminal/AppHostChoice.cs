using System.Globalization;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>Decides which of the running app hosts a verb is meant for.</summary>
internal static class AppHostChoice
{
    /// <param name="running">What was found.</param>
    /// <param name="projectDirectory">The directory of the app host project that the verb was started from.</param>
    /// <param name="chosen">The value of --apphost: a project file, a directory, or a process id; null takes the only one of the project.</param>
    /// <exception cref="TerminalException">None is running, or more than one fits.</exception>
    public static ControlClient Pick(IReadOnlyList<ControlClient> running, string projectDirectory, string? chosen)
    {
        if (chosen is null)
        {
            var own = running.Where(client => IsSame(client.AppHost.Directory, projectDirectory)).ToList();
            return own.Count switch
            {
                1 => own[0],
                > 1 => throw Several(own),
                _ when running.Count == 0 => throw new TerminalException(
                    $"No app host is running; start one with: dotnet run --project {projectDirectory}", ExitCodes.NotFound),
                _ => throw new TerminalException(
                    $"No app host of '{projectDirectory}' is running; pick another one with --apphost: {List(running)}", ExitCodes.NotFound),
            };
        }

        var fitting = int.TryParse(chosen, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            ? running.Where(client => client.AppHost.AppHostPid == processId).ToList()
            : running.Where(client => IsSame(client.AppHost.Directory, DirectoryOf(chosen))).ToList();
        return fitting.Count switch
        {
            1 => fitting[0],
            > 1 => throw Several(fitting),
            _ => throw new TerminalException(
                $"No app host is running for '{chosen}'{(running.Count == 0 ? "." : $"; these are: {List(running)}")}", ExitCodes.NotFound),
        };
    }

    private static TerminalException Several(IReadOnlyList<ControlClient> clients) =>
        new($"Several app hosts are running; pick one with --apphost and its process id: {List(clients)}", ExitCodes.NotFound);

    private static string List(IEnumerable<ControlClient> clients) =>
        string.Join(", ", clients.Select(client => string.Create(CultureInfo.InvariantCulture, $"{client.AppHost.AppHostPid} ({client.AppHost.AppHostPath})")));

    private static string DirectoryOf(string path) => File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;

    private static bool IsSame(string one, string other) => string.Equals(
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(one)),
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(other)),
        OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}

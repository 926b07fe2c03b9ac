using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>
/// Takes from a container what its program can do without: every capability, the ways to get one, processes without number, and folders that it could leave
/// something in.
/// </summary>
/// <remarks>
/// While the app host runs it, the root stays writable for the engine, because neither Docker nor Podman puts files into a container whose root is read-only. To
/// the container's user nothing on it is writable all the same: it owns nothing there, and the folders that everybody may write to are closed by the image or lie in
/// memory. The published compose application has read-only roots.
/// </remarks>
internal static class ContainerRestrictions
{
    /// <summary>Threads and processes of etcd and of HAProxy at most; each runs a few threads per processor.</summary>
    public const int Processes = 512;

    /// <summary>The folders in memory of every container, as the engine's <c>--tmpfs</c> takes them.</summary>
    public static IReadOnlyList<string> MemoryFolders { get; } = ["/tmp"];

    /// <summary>Those of a data node: its server's socket and lock file, and Patroni's password file. Engines give them the mode that they have in the image.</summary>
    public static IReadOnlyList<string> PostgresMemoryFolders { get; } = ["/tmp", "/run/postgresql"];

    /// <summary>
    /// Processes and threads of a data node at most. Two for each connection, because PostgreSQL forks for up to twice as many clients as it will let in
    /// (postmaster.c, MaxLivePostmasterChildren), who would take Patroni's threads else; 400 for senders, workers, Patroni and what is executed in the container.
    /// </summary>
    public static int PostgresProcesses(PostgresOptions options) => (2 * options.MaxConnections) + 400;

    /// <summary>Runs the container under the restrictions.</summary>
    /// <param name="builder">The container.</param>
    /// <param name="processes">The greatest number of its processes and threads, asked for when it starts.</param>
    /// <param name="memoryFolders">Its folders in memory.</param>
    public static IResourceBuilder<T> WithRestrictions<T>(this IResourceBuilder<T> builder, Func<int> processes, IReadOnlyList<string> memoryFolders)
        where T : ContainerResource => builder.WithContainerRuntimeArgs(context =>
        {
            foreach (string argument in (IEnumerable<string>)
            [
                "--cap-drop", "ALL",
                "--security-opt", "no-new-privileges",
                "--pids-limit", processes().ToString(CultureInfo.InvariantCulture),
                .. memoryFolders.SelectMany(folder => new[] { "--tmpfs", folder }),
            ])
            {
                context.Args.Add(argument);
            }
        });
}

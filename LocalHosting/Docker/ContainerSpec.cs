namespace HaPgAspire.LocalHosting.Docker;

/// <summary>Everything the engine needs to create one container. Plain data; nothing in it refers to the resource model.</summary>
internal sealed record ContainerSpec
{
    /// <summary>The container's name on the engine; unique there.</summary>
    public required string Name { get; init; }

    /// <summary>A reference or id that the engine already has (what <see cref="DockerEngine.EnsureImageAsync"/> returned).</summary>
    public required string Image { get; init; }

    /// <summary>The user-defined network to join (name or id); null leaves the container on the engine's default network.</summary>
    public string? Network { get; init; }

    /// <summary>Names by which the other containers of <see cref="Network"/> reach this one.</summary>
    public IReadOnlyList<string> NetworkAliases { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The arguments after the entry point; empty keeps the image's own.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Replaces the image's entry point; null keeps it.</summary>
    public string? Entrypoint { get; init; }

    /// <summary>"user", "uid" or "uid:gid"; null keeps the image's own. `--user` in <see cref="RuntimeArguments"/> wins.</summary>
    public string? User { get; init; }

    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    /// <summary>Files and directories put into the container after its creation, before its start.</summary>
    public IReadOnlyList<ContainerFileEntry> Files { get; init; } = [];

    public IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    /// <summary>`docker run` options, split as a shell would; see <see cref="ContainerRunOptions.Parse"/> for the known ones.</summary>
    public IReadOnlyList<string> RuntimeArguments { get; init; } = [];

    /// <summary>Additional "name:address" lines of the container's hosts file; the address may be "host-gateway".</summary>
    public IReadOnlyList<string> ExtraHosts { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>How long the engine itself waits between SIGTERM and SIGKILL; null is the engine's default, 10 s.</summary>
    public TimeSpan? StopTimeout { get; init; }
}

internal enum ContainerMountKind
{
    /// <summary>A named volume of the engine.</summary>
    Volume,

    /// <summary>A path of the machine that the engine runs on.</summary>
    Bind,
}

/// <param name="Source">The volume's name (null: an anonymous volume) or the absolute path on the host.</param>
/// <param name="Target">The absolute path in the container.</param>
internal sealed record ContainerMount(ContainerMountKind Kind, string? Source, string Target, bool ReadOnly = false);

/// <summary>A file, or a directory where <see cref="Content"/> is null, to be put into a created container.</summary>
/// <param name="Path">Absolute path in the container. Parents that are missing are made by the engine (root, 0755).</param>
internal sealed record ContainerFileEntry(string Path, ReadOnlyMemory<byte>? Content, UnixFileMode Mode, int Uid = 0, int Gid = 0);

/// <param name="ContainerPort">The port the process in the container listens on.</param>
/// <param name="HostPort">The port on the host; 0 lets the engine choose a free one at every start.</param>
/// <param name="HostIp">The address on the host; the default is reachable from this machine only.</param>
/// <param name="Protocol">"tcp" or "udp".</param>
internal sealed record PublishedPort(int ContainerPort, int HostPort = 0, string HostIp = "127.0.0.1", string Protocol = "tcp");

/// <summary>A published port of a started container, with the host port that is really in use.</summary>
internal sealed record BoundPort(int ContainerPort, string Protocol, string HostIp, int HostPort);

/// <summary>What the engine says about a container.</summary>
/// <param name="Status">"created", "running", "paused", "restarting", "exited", "dead" or "removing".</param>
/// <param name="ExitCode">Only once it exited.</param>
/// <param name="Address">The address in its network; null while it doesn't run.</param>
internal sealed record ContainerStatus(
    string Id,
    string Name,
    string Status,
    bool Running,
    int? ExitCode,
    DateTimeOffset? StartedAt,
    string? Address,
    IReadOnlyList<BoundPort> Ports,
    IReadOnlyDictionary<string, string> Labels);

/// <param name="Timestamp">When the engine received the line; null unless timestamps were asked for.</param>
internal sealed record ContainerLogLine(string Text, bool IsError, DateTimeOffset? Timestamp = null);

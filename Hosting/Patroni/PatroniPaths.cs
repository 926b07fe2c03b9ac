namespace HaPgAspire.Hosting;

/// <summary>Where a member's files are on the machine or in the container that runs it.</summary>
public sealed record PatroniPaths
{
    /// <summary>PostgreSQL's data directory. Its parent must belong to the user that runs Patroni.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The folder with <c>postgres</c>, <c>initdb</c>, <c>pg_rewind</c> and the rest.</summary>
    public required string BinDirectory { get; init; }

    /// <summary>The folder of PostgreSQL's Unix socket, through which Patroni talks to its own server.</summary>
    public required string SocketDirectory { get; init; }

    /// <summary>The file that Patroni writes passwords to for <c>pg_basebackup</c> and replication; only its user may read it.</summary>
    public required string PasswordFile { get; init; }

    /// <summary>
    /// The command that creates the application and the monitoring role, once, on the first server (<c>post-bootstrap</c> beside the Dockerfile). It reads
    /// <c>CLUSTER_APPLICATION_USERNAME</c>, <c>CLUSTER_APPLICATION_PASSWORD</c>, <c>CLUSTER_MONITORING_USERNAME</c> and <c>CLUSTER_MONITORING_PASSWORD</c> from the environment.
    /// </summary>
    public required string PostBootstrapCommand { get; init; }

    /// <summary>The folder with the member's certificates (<see cref="Security.CertificateFiles.ForNode"/>). Default: that of the container image.</summary>
    public string CertificateDirectory { get; init; } = $"{ClusterImages.PatroniConfigurationDirectory}/{Security.CertificateFiles.Folder}";

    /// <summary>The paths in the image that <c>Images/Dockerfile</c> makes.</summary>
    public static PatroniPaths Container { get; } = new()
    {
        DataDirectory = "/var/lib/postgresql/data",
        BinDirectory = "/usr/lib/postgresql/17/bin",
        SocketDirectory = "/run/postgresql",
        PasswordFile = "/run/postgresql/.pgpass",
        PostBootstrapCommand = "/bin/bash /usr/local/lib/cluster/post-bootstrap",
    };
}

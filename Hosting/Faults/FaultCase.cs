namespace HaPgAspire.Hosting;

/// <summary>One fault, and what has to be true of the cluster while it lasts and afterwards. The suite does the rest: load, healing, the checks.</summary>
/// <param name="Name">What the case is called on the command line.</param>
/// <param name="Family">What kind of fault it is.</param>
/// <param name="Title">What happens, in a few words.</param>
/// <param name="InjectAsync">
/// Brings the fault in, proves it (<see cref="FaultScene.Prove(bool, string)"/>), says what the probe has to show (<see cref="FaultScene.Expect"/>), and waits as long as the
/// fault is to last. What it does not undo itself is undone after it.
/// </param>
internal sealed record FaultCase(string Name, FaultFamily Family, string Title, Func<FaultScene, CancellationToken, Task> InjectAsync)
{
    /// <summary>What becomes of the leadership.</summary>
    public LeaderFate Leader { get; init; } = LeaderFate.Changes;

    /// <summary>The longest write outage that is no violation; by default two leases and what a start takes on a busy machine.</summary>
    public Func<ClusterOptions, TimeSpan> OutageLimit { get; init; } = options => TimeSpan.FromSeconds((2 * options.Ttl) + 20);

    /// <summary>The write outage that the project aims for with the profile <c>Fast</c>; shown beside what was measured.</summary>
    public TimeSpan? Goal { get; init; }

    /// <summary>Options of the app host that the case needs; empty where the graph as it is will do. Cases with the same ones share an app host.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The size of the data volumes that the case needs, in MB; 0 where they may be as large as the disk.</summary>
    public int VolumeSizeMb { get; init; }

    /// <summary>What tells the app hosts that cases need apart; empty for the one that is there.</summary>
    public string Surroundings => VolumeSizeMb == 0
        ? string.Join(' ', Arguments)
        : string.Join(' ', Arguments.Append(FormattableString.Invariant($"with data volumes of {VolumeSizeMb} MB")));
}

/// <summary>What breaks.</summary>
internal enum FaultFamily
{
    /// <summary>Processes and containers of the data nodes.</summary>
    Process,

    /// <summary>etcd.</summary>
    Dcs,

    /// <summary>The network between the containers.</summary>
    Network,

    /// <summary>Volumes and what is on them.</summary>
    Storage,

    /// <summary>What is done to a cluster on purpose.</summary>
    Operations,

    /// <summary>HAProxy, and everything in front of it.</summary>
    FrontDoor,
}

/// <summary>What has to become of the leadership in a case.</summary>
internal enum LeaderFate
{
    /// <summary>Another member leads afterwards, or the same one on a later timeline.</summary>
    Changes,

    /// <summary>The same member leads on the same timeline.</summary>
    Stays,

    /// <summary>Both are right.</summary>
    Either,
}

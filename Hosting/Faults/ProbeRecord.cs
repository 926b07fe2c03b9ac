namespace HaPgAspire.Hosting;

/// <summary>What the probe showed during one case: the states of its picture of the cluster, in order.</summary>
internal sealed class ProbeRecord
{
    private readonly Lock _gate = new();
    private readonly List<ProbeTopology> _pictures = [];
    private bool _interrupted;

    public void Add(ProbeTopology picture)
    {
        lock (_gate)
        {
            _pictures.Add(picture);
        }
    }

    /// <summary>The probe stopped answering.</summary>
    public void Interrupted()
    {
        lock (_gate)
        {
            _interrupted = true;
        }
    }

    /// <summary>Whether the probe was away meanwhile.</summary>
    public bool WasInterrupted
    {
        get
        {
            lock (_gate)
            {
                return _interrupted;
            }
        }
    }

    /// <summary>Whether one of the pictures showed something.</summary>
    public bool Showed(Func<ProbeTopology, bool> what)
    {
        lock (_gate)
        {
            return _pictures.Exists(picture => what(picture));
        }
    }

    /// <summary>Whether a node was shown as not answering, or its server as neither running nor streaming.</summary>
    public bool ShowedDown(string node) =>
        Showed(picture => picture.Nodes.Any(one => one.Name == node && (!one.Reachable || one.State is not (MemberView.Running or MemberView.Streaming))));

    /// <summary>Whether a replica was shown as reachable and running, and not as streaming.</summary>
    public bool ShowedNotStreaming(string replica) => Showed(picture => picture.Nodes.Any(one => one.Name == replica && one is { Reachable: true, State: MemberView.Running }));

    /// <summary>Whether a member led.</summary>
    public bool ShowedLeading(string node) => Showed(picture => picture.Leader == node);

    /// <summary>Whether nobody led.</summary>
    public bool ShowedNoLeader => Showed(picture => picture.Leader is null);

    /// <summary>How many etcd members at once were shown as not answering.</summary>
    public int MostEtcdDown
    {
        get
        {
            lock (_gate)
            {
                return _pictures.Count == 0 ? 0 : _pictures.Max(picture => picture.Etcd.Count(member => !member.Reachable));
            }
        }
    }
}

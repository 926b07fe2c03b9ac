using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Cluster;

/// <summary>Puts the components' answers together: the topology, and what changes in it.</summary>
internal sealed class ClusterModel
{
    // Lag and sessions change with every answer; what is shown of them need not.
    private static readonly TimeSpan ShowInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly ProbeClock _clock;
    private readonly ProbeState _state;
    private readonly ClusterHistory _history;
    private readonly TimelineMark _timeline;
    private readonly string _writeProxy;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<string> _names;
    private readonly Dictionary<string, Asked<MemberReport>> _members = [];
    private readonly Dictionary<string, EtcdMember> _etcd = [];
    private readonly IReadOnlyList<string> _etcdNames;
    private readonly bool _hasProxy;
    private Asked<ClusterReport> _cluster = Asked<ClusterReport>.Never;
    private Asked<IReadOnlyList<ProxyRoute>> _proxy = Asked<IReadOnlyList<ProxyRoute>>.Never;
    private string? _leader;
    private string? _lockHolder;
    private string? _systemIdentifier;
    private long _leaderChanges;
    private int _timelinesUpTo = 1;
    private string? _shown;
    private DateTimeOffset _shownAt;

    public ClusterModel(
        ClusterAddresses addresses,
        ProbeOptions options,
        ProbeClock clock,
        ProbeState state,
        ClusterHistory history,
        TimelineMark timeline,
        ILogger<ClusterModel> logger)
    {
        _clock = clock;
        _state = state;
        _history = history;
        _timeline = timeline;
        _writeProxy = options.WriteProxy;
        _logger = logger;
        _names = [.. addresses.Members.Select(member => member.Name)];
        _etcdNames = [.. addresses.Etcd.Select(address => address.Authority)];
        _hasProxy = addresses.Proxy is not null;
        foreach (var name in _names)
        {
            _members[name] = Asked<MemberReport>.Never;
        }

        foreach (var name in _etcdNames)
        {
            _etcd[name] = new EtcdMember(name, false, null, null, null, null, null);
        }
    }

    /// <summary>The cluster's system identifier, once a member has told it.</summary>
    public string? SystemIdentifier
    {
        get
        {
            lock (_gate)
            {
                return _systemIdentifier;
            }
        }
    }

    /// <summary>How often the leader has changed while the probe watched.</summary>
    public long LeaderChanges
    {
        get
        {
            lock (_gate)
            {
                return _leaderChanges;
            }
        }
    }

    /// <summary>A leader has been seen on a timeline that Patroni's history has not told of yet. The first one has no history.</summary>
    public bool LacksTimelines => _timeline.Newest > Volatile.Read(ref _timelinesUpTo);

    /// <summary>A member's timeline by its own account; null when unknown.</summary>
    public int? TimelineOf(string member)
    {
        lock (_gate)
        {
            return _members.GetValueOrDefault(member)?.Answer?.Timeline;
        }
    }

    /// <summary>Takes a member's answer; null when it did not answer.</summary>
    public void Took(string name, MemberReport? report)
    {
        lock (_gate)
        {
            var before = _members[name];
            var now = _members[name] = before.Next(report, _clock.Now);
            _systemIdentifier ??= report?.SystemIdentifier;
            NoteReach(before, now, name);
            var (wasPrimary, isPrimary) = (before.Answer?.IsPrimary == true, report?.IsPrimary == true);
            if (isPrimary && report!.Timeline is { } timeline)
            {
                _timeline.Raise(timeline);
            }

            if (wasPrimary != isPrimary || (report is null && before.At is null))
            {
                var kind = isPrimary ? ClusterEventKind.Primary : report is null ? ClusterEventKind.Unreachable : ClusterEventKind.NotPrimary;
                Add(kind, now, name, report?.Timeline);
            }

            if (report?.State is "crashed" && before.Answer?.State is not "crashed")
            {
                Add(ClusterEventKind.Crashed, now, name, report.Timeline);
            }

            Publish();
        }
    }

    /// <summary>Takes the cluster as a member gave it; null when no member did.</summary>
    public void Took(ClusterReport? report)
    {
        lock (_gate)
        {
            _cluster = _cluster.Next(report, _clock.Now);
            if (report is not null)
            {
                NoteLeader(report);
            }

            Publish();
        }
    }

    /// <summary>Takes Patroni's history of the timelines; null when nobody told it.</summary>
    public void TookTimelines(IReadOnlyList<TimelineSwitch>? switches)
    {
        if (switches is { Count: > 0 })
        {
            Volatile.Write(ref _timelinesUpTo, switches[^1].Timeline);
            _history.Set(switches);
        }
    }

    /// <summary>Takes HAProxy's statistics; null when it did not answer.</summary>
    public void Took(IReadOnlyList<ProxyRoute>? routes)
    {
        lock (_gate)
        {
            var before = _proxy;
            _proxy = before.Next(routes, _clock.Now);
            NoteReach(before, _proxy, "HAProxy");
            if (routes is null)
            {
                if (before.Answer is not null)
                {
                    Add(ClusterEventKind.ProxyGone, _proxy, null);
                }
            }
            else
            {
                NoteServers(before.Answer ?? before.Last, routes);
            }

            Publish();
        }
    }

    /// <summary>Takes an etcd member's word for its health; null when it did not answer.</summary>
    public void TookHealth(string name, bool? healthy)
    {
        lock (_gate)
        {
            var before = _etcd[name];
            var now = _etcd[name] = before with
            {
                Reachable = healthy is not null,
                Healthy = healthy,
                LastSeen = healthy is null ? before.LastSeen : _clock.Now,
            };
            if (before.Reachable != now.Reachable && (before.LastSeen is not null || now.Reachable))
            {
                NoteReach(now.Reachable, $"etcd {name}");
            }

            if (before.Healthy == true && !_etcd.Values.Any(member => member.Healthy == true))
            {
                _history.Add(new ClusterEvent(ClusterEventKind.DcsGone, _clock.Now, TimeSpan.Zero, null));
            }

            Publish();
        }
    }

    /// <summary>Takes what an etcd member's metrics say; null for what they don't.</summary>
    public void TookMetrics(string name, bool? hasLeader, bool? isLeader, long? databaseBytes)
    {
        lock (_gate)
        {
            _etcd[name] = _etcd[name] with { HasLeader = hasLeader, IsLeader = isLeader, DatabaseBytes = databaseBytes };
            Publish();
        }
    }

    private void NoteLeader(ClusterReport report)
    {
        if (report.Leader is null && _lockHolder is not null)
        {
            Add(ClusterEventKind.LockReleased, _cluster, _lockHolder);
        }

        if (report.Leader is { } leader && leader != _lockHolder)
        {
            if (_lockHolder is not null)
            {
                Add(ClusterEventKind.LockReleased, _cluster, _lockHolder);
            }

            var timeline = report.Members[leader].Timeline;
            Add(_leader is null ? ClusterEventKind.LeaderSeen : ClusterEventKind.Leader, _cluster, leader, timeline);
            if (_leader is not null && _leader != leader)
            {
                _leaderChanges++;
            }

            if (_leader != leader)
            {
                ProbeLog.LeaderChanged(_logger, leader, timeline, _leader);
            }

            _leader = leader;
        }

        _lockHolder = report.Leader;
    }

    private void NoteServers(IReadOnlyList<ProxyRoute>? before, IReadOnlyList<ProxyRoute> now)
    {
        foreach (var route in now)
        {
            var known = before?.FirstOrDefault(one => one.Name == route.Name);
            foreach (var server in route.Servers)
            {
                if (known?.Servers.FirstOrDefault(one => one.Name == server.Name) is { } old && old.Up != server.Up)
                {
                    ProbeLog.ProxyServerChanged(_logger, route.Name, server.Name, server.Status);
                    if (route.Name == _writeProxy)
                    {
                        Add(server.Up ? ClusterEventKind.ProxyOpened : ClusterEventKind.ProxyServerDown, _proxy, server.Name);
                    }
                }
            }

            if (route.Name == _writeProxy && known is { Open: true } && !route.Open)
            {
                Add(ClusterEventKind.ProxyClosed, _proxy, null);
            }
        }
    }

    private void NoteReach<T>(Asked<T> before, Asked<T> now, string component)
        where T : class
    {
        if (before.IsReachable != now.IsReachable && (before.At is not null || now.IsReachable))
        {
            NoteReach(now.IsReachable, component);
        }
    }

    private void NoteReach(bool reachable, string component)
    {
        if (reachable)
        {
            ProbeLog.Reachable(_logger, component);
        }
        else
        {
            ProbeLog.Unreachable(_logger, component);
        }
    }

    private void Add<T>(ClusterEventKind kind, Asked<T> source, string? node, int? timeline = null)
        where T : class =>
        _history.Add(new ClusterEvent(kind, source.At ?? _clock.Now, source.SinceBefore, node, timeline));

    private void Publish()
    {
        var topology = Topology();
        var before = _state.Topology;
        foreach (var node in topology.Nodes)
        {
            if (before.Nodes.FirstOrDefault(one => one.Name == node.Name) is { } old && (old.Role, old.State) != (node.Role, node.State))
            {
                ProbeLog.MemberChanged(
                    _logger, node.Name, TelemetryNames.Of(node.Role), node.State, TelemetryNames.Of(old.Role), old.State);
            }
        }

        var now = _clock.Now;
        var shown = Outline(topology);
        if (shown != _shown || now - _shownAt >= ShowInterval)
        {
            (_shown, _shownAt) = (shown, now);
            _state.Set(topology);
        }
    }

    // What is worth showing at once when it changes.
    private static string Outline(ClusterTopology topology) => string.Join(
        ';',
        topology.Nodes.Select(node => $"{node.Role},{node.State},{node.Reachable},{node.Timeline}")
            .Concat(topology.Etcd.Select(member => $"{member.Reachable},{member.Healthy},{member.IsLeader}"))
            .Concat(topology.Proxy?.Routes.SelectMany(route => route.Servers).Select(server => server.Status) ?? [])
            .Append($"{topology.Leader},{topology.Timeline},{topology.Paused},{topology.Proxy?.Reachable}"));

    private ClusterTopology Topology()
    {
        // A report is news only while somebody answers; a dead cluster has no leader, whatever was said last.
        var cluster = _cluster.Answer;
        var written = cluster?.Leader is { } leader ? _members.GetValueOrDefault(leader)?.Answer?.Written : null;
        return new ClusterTopology(
            _members.Values.Select(member => member.Last?.Scope).FirstOrDefault(scope => scope is not null),
            cluster?.Leader,
            cluster?.Leader is { } name ? _members.GetValueOrDefault(name)?.Answer?.Timeline ?? cluster.Members[name].Timeline : null,
            cluster?.Paused ?? false,
            cluster?.Members.Values.Any(member => member.Role is NodeRole.SynchronousStandby or NodeRole.QuorumStandby) ?? false,
            [.. _etcdNames.Select(etcd => _etcd[etcd])],
            [.. _names.Select(node => Node(node, _members[node], cluster?.Members.GetValueOrDefault(node), written))],
            _hasProxy ? new ProxyStatus(_proxy.IsReachable, _proxy.Answer ?? _proxy.Last ?? [], _proxy.LastAnswerAt) : null);
    }

    private DataNode Node(string name, Asked<MemberReport> asked, ClusterReport.Member? listed, long? written)
    {
        var report = asked.Answer;
        var leads = listed?.Role is NodeRole.Leader or NodeRole.StandbyLeader;
        var lag = leads ? 0 : written is { } end && report?.Replayed is { } replayed ? Math.Max(0, end - replayed) : listed?.Lag;
        double? delay = leads || lag == 0
            ? 0
            : report?.ReplayedAt is { } at ? Math.Max(0, (_clock.Now - at).TotalSeconds) : null;
        return new DataNode(
            name,
            listed?.Role ?? NodeRole.Unknown,
            report is null ? listed?.State : listed?.State ?? report.State,
            asked.IsReachable,
            report?.Timeline ?? listed?.Timeline,
            lag,
            delay,
            asked.Last?.ServerVersion,
            report?.PendingRestart ?? false,
            asked.LastAnswerAt);
    }
}

namespace HaPgAspire.Probe.Model;

/// <summary>One etcd member.</summary>
/// <param name="Name">Host and port of its client address.</param>
/// <param name="Reachable">It answered the last request.</param>
/// <param name="Healthy">Its own `/health` says true; null while unreachable.</param>
/// <param name="HasLeader">It sees an etcd leader; null while unknown.</param>
/// <param name="IsLeader">It is the etcd leader; null while unknown.</param>
/// <param name="DatabaseBytes">Size of its database, bytes; null while unknown.</param>
/// <param name="LastSeen">Its last answer, UTC; null before the first.</param>
public sealed record EtcdMember(
    string Name,
    bool Reachable,
    bool? Healthy,
    bool? HasLeader,
    bool? IsLeader,
    long? DatabaseBytes,
    DateTimeOffset? LastSeen);

namespace HaPgAspire.Hosting;

/// <summary>One member of the cluster as Patroni reports it.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Role">Patroni's word: <c>leader</c>, <c>replica</c>, <c>sync_standby</c>, <c>quorum_standby</c>, <c>standby_leader</c>.</param>
/// <param name="State">Patroni's word: <c>running</c>, <c>streaming</c>, <c>starting</c>, <c>stopped</c>, <c>crashed</c> …</param>
/// <param name="Timeline">The timeline, or <see langword="null"/> while PostgreSQL doesn't run.</param>
/// <param name="Lag">Bytes of WAL that the replica has still to replay; <see langword="null"/> on the leader and where Patroni doesn't know.</param>
/// <param name="Host">The address that the member gives to others for PostgreSQL.</param>
public sealed record MemberView(string Name, string Role, string State, int? Timeline, long? Lag, string Host)
{
    internal const string Running = "running";
    internal const string Streaming = "streaming";

    /// <summary>Whether the member holds the leader's lease.</summary>
    public bool IsLeader => Role is "leader" or "master" or "primary";

    /// <summary>Whether a commit may have waited for this member, so that it is safe to promote it.</summary>
    public bool IsSynchronous => Role is "sync_standby" or "quorum_standby";

    /// <summary>Whether the member may be promoted without the loss of an acknowledged commit, as far as that can be promised at all.</summary>
    internal bool CanTakeOver(SynchronousMode mode) => State is Running or Streaming && (mode == SynchronousMode.Off || IsSynchronous);
}

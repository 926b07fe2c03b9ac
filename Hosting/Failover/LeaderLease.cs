namespace HaPgAspire.Hosting;

/// <summary>The leader's key as it stands in etcd.</summary>
/// <param name="Member">The member that wrote it.</param>
/// <param name="LeaseId">The lease that the key, and the member's other keys, live on. A Patroni that starts anew gets another one.</param>
internal sealed record LeaderLease(string Member, string LeaseId);

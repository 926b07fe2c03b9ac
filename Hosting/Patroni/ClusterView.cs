namespace HaPgAspire.Hosting;

/// <summary>The cluster as one of its members described it through <c>GET /cluster</c> (Patroni documentation, "Patroni REST API").</summary>
/// <param name="Members">The members that hold a lease in etcd, leader first, then by name.</param>
/// <param name="Paused">Whether automatic failover is switched off (<c>patronictl pause</c>).</param>
public sealed record ClusterView(IReadOnlyList<MemberView> Members, bool Paused)
{
    /// <summary>The member that holds the leader's lease, if one does.</summary>
    public MemberView? Leader => Members.FirstOrDefault(member => member.IsLeader);

    /// <summary>The member of that name, if it holds a lease.</summary>
    /// <param name="name">The member's name, which is its resource's.</param>
    /// <returns>The member, or <see langword="null"/>.</returns>
    public MemberView? Find(string name) => Members.FirstOrDefault(member => member.Name == name);

    /// <summary>Says what keeps the cluster from being whole: a running leader, and every other member streaming on its timeline.</summary>
    /// <param name="expected">The names of all members that there should be.</param>
    /// <returns>One clause for each thing that is missing; none when the cluster is whole.</returns>
    public IReadOnlyList<string> Lacks(IEnumerable<string> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        if (Leader is not { } leader)
        {
            return ["there is no leader"];
        }

        var lacks = new List<string>();
        if (leader.State != MemberView.Running)
        {
            lacks.Add($"leader {leader.Name} is {leader.State}");
        }

        foreach (string name in expected.Where(name => name != leader.Name))
        {
            if (Find(name) is not { } member)
            {
                lacks.Add($"{name} is not in the cluster");
            }
            else if (member.State != MemberView.Streaming)
            {
                lacks.Add($"{name} is {member.State}");
            }
            else if (member.Timeline != leader.Timeline)
            {
                lacks.Add($"{name} is on timeline {member.Timeline}, the leader on {leader.Timeline}");
            }
        }

        return lacks;
    }
}

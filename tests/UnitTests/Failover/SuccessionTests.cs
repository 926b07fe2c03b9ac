using HaPgAspire.Hosting;
using HaPgAspire.UnitTests.HostingModel;

namespace HaPgAspire.UnitTests.Failover;

public sealed class SuccessionTests
{
    private readonly PatroniNodeResource _dead;

    public SuccessionTests()
    {
        IDistributedApplicationBuilder builder = TestApplication.Create();
        _dead = builder.AddPatroniCluster("postgres", builder.AddEtcd("etcd")).AddNode("data-node1").Resource;
    }

    [Theory]
    [InlineData("data-node2", "running", 4, true)]
    [InlineData("data-node2", "running", 3, false)] // It holds the lock and has not been promoted yet.
    [InlineData("data-node2", "starting", 4, false)]
    [InlineData("data-node1", "running", 4, false)]
    public void A_leader_has_a_successor_once_another_member_was_promoted(string leader, string state, int timeline, bool succeeded) => Assert.Equal(
        succeeded,
        Succession.HasSucceeded(new ClusterView([new MemberView(leader, "leader", state, timeline, null, leader)], Paused: false), _dead, before: 3));

    [Fact]
    public void While_nobody_answers_or_leads_there_is_none()
    {
        Assert.False(Succession.HasSucceeded(null, _dead, before: 3));
        Assert.False(Succession.HasSucceeded(new ClusterView([new MemberView("data-node2", "replica", "running", 3, 0, "data-node2")], Paused: false), _dead, before: 3));
    }

    [Theory]
    [InlineData("quorum_standby", "streaming", SynchronousMode.Quorum, true)]
    [InlineData("sync_standby", "running", SynchronousMode.On, true)]
    [InlineData("replica", "streaming", SynchronousMode.Quorum, false)]
    [InlineData("replica", "streaming", SynchronousMode.Off, true)]
    [InlineData("quorum_standby", "stopped", SynchronousMode.Quorum, false)]
    public void Who_may_take_over_has_every_acknowledged_commit(string role, string state, SynchronousMode mode, bool can) =>
        Assert.Equal(can, new MemberView("data-node2", role, state, 3, 0, "data-node2").CanTakeOver(mode));
}

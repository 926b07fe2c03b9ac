using HaPgAspire.Hosting;
using HaPgAspire.UnitTests.HostingModel;
using Microsoft.Extensions.Time.Testing;

namespace HaPgAspire.UnitTests.Failover;

public sealed class ExitTrackerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PatroniNodeResource _node;
    private readonly ExitTracker _tracker;

    public ExitTrackerTests()
    {
        IDistributedApplicationBuilder builder = TestApplication.Create();
        IResourceBuilder<PatroniClusterResource> cluster = builder.AddPatroniCluster("postgres", builder.AddEtcd("etcd"));
        _node = cluster.AddNode("data-node1").Resource;
        _tracker = new ExitTracker(cluster.Resource, _time);
    }

    [Fact]
    public void A_killed_container_has_crashed()
    {
        Assert.Null(Observe(KnownResourceStates.Starting));
        Assert.Null(Observe(KnownResourceStates.Running));
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Null(Observe(KnownResourceStates.Running));
        NodeExit? exit = Observe(KnownResourceStates.Exited, 137);
        Assert.Equal(new NodeExit(_node, "data-node1", IsCrash: true, TimeSpan.FromSeconds(7)), exit);
        Assert.Null(Observe(KnownResourceStates.Exited, 137));
    }

    [Fact]
    public void One_whose_exit_code_nobody_knows_has_crashed_too()
    {
        Observe(KnownResourceStates.Running);
        Assert.True(Observe(KnownResourceStates.Exited)?.IsCrash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    public void One_that_was_stopped_has_not_crashed_even_if_it_had_to_be_killed(int exitCode)
    {
        Observe(KnownResourceStates.Running);
        Observe(KnownResourceStates.Stopping);
        Assert.False(Observe(KnownResourceStates.Exited, exitCode)?.IsCrash);
    }

    [Fact]
    public void One_that_ended_in_good_order_has_not_crashed()
    {
        Observe(KnownResourceStates.Running);
        Assert.False(Observe(KnownResourceStates.Exited, 0)?.IsCrash);
    }

    [Fact]
    public void One_that_ended_before_it_was_seen_to_run_has_crashed_and_a_start_that_was_called_off_has_not()
    {
        Observe(KnownResourceStates.Starting);
        Assert.True(Observe(KnownResourceStates.Exited, 1)?.IsCrash);
        Observe(KnownResourceStates.Starting);
        Assert.False(Observe(KnownResourceStates.Exited)?.IsCrash);
    }

    [Fact]
    public void A_stop_is_forgotten_with_the_next_start()
    {
        Observe(KnownResourceStates.Running);
        Observe(KnownResourceStates.Stopping);
        Observe(KnownResourceStates.Exited, 0);
        Observe(KnownResourceStates.Starting);
        Observe(KnownResourceStates.Running);
        Assert.True(Observe(KnownResourceStates.Exited, 137)?.IsCrash);
    }

    [Fact]
    public void A_start_of_one_that_ran_is_not_a_stop_though_no_exit_is_told()
    {
        Observe(KnownResourceStates.Running);
        Observe(KnownResourceStates.Stopping);
        Observe(KnownResourceStates.Starting);
        Observe(KnownResourceStates.Running);
        Assert.True(Observe(KnownResourceStates.Exited, 137)?.IsCrash);
    }

    [Fact]
    public void Other_resources_are_not_its_business()
    {
        var other = new ContainerResource("etcd");
        Assert.Null(_tracker.Observe(new ResourceEvent(other, "etcd", Snapshot(KnownResourceStates.Running, null))));
        Assert.Null(_tracker.Observe(new ResourceEvent(other, "etcd", Snapshot(KnownResourceStates.Exited, 137))));
    }

    private static CustomResourceSnapshot Snapshot(string state, int? exitCode) =>
        new() { ResourceType = "Container", Properties = [], State = state, ExitCode = exitCode };

    private NodeExit? Observe(string state, int? exitCode = null) => _tracker.Observe(new ResourceEvent(_node, _node.Name, Snapshot(state, exitCode)));
}

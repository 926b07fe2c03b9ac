using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class ClusterSessionTests
{
    [Fact]
    public void A_volume_s_name_tells_its_session()
    {
        ClusterSession session = ClusterSession.Create();
        Assert.Equal(session, ClusterSession.Parse(session.VolumeName("data-node1")));
        Assert.NotEqual(session, ClusterSession.Create());
    }

    [Theory]
    [InlineData("postgres-data")]
    [InlineData("hapgaspire-session-")]
    [InlineData("hapgaspire-session-abc-x-1-1-data")]
    [InlineData("hapgaspire-session-abc-1-1-data")]
    public void Other_volumes_have_no_session(string name) => Assert.Null(ClusterSession.Parse(name));

    [Fact]
    public void A_session_is_dead_when_its_process_is_gone_or_another_has_its_id()
    {
        ClusterSession session = ClusterSession.Create();
        Assert.False(session.IsDead(ClusterSession.StartOf));
        Assert.True(session.IsDead(_ => null));
        Assert.False(session.IsDead(_ => session.StartedAt + 2));
        Assert.True(session.IsDead(_ => session.StartedAt + 3));
    }

    [Fact]
    public void A_session_of_another_machine_is_never_judged() =>
        Assert.False((ClusterSession.Create() with { Machine = "elsewhere" }).IsDead(_ => null));
}

using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.UnitTests.LocalDocker;

public sealed class AppHostIdentityTests
{
    private static readonly AppHostIdentity Observer = new(10, "100", "boot", "machine");

    [Fact]
    public void This_process_is_alive()
    {
        Assert.False(AppHostIdentity.Current.IsDeadFor(AppHostIdentity.Current, AppHostIdentity.StartOf));
        Assert.NotEqual("", AppHostIdentity.Current.ProcessStart);
        Assert.Equal(AppHostIdentity.Current, AppHostIdentity.FromLabels(AppHostIdentity.Current.Labels));
    }

    [Fact]
    public void An_owner_is_dead_when_its_process_is_gone_or_another_one_or_from_another_boot()
    {
        var owner = new AppHostIdentity(20, "200", "boot", "machine");

        Assert.False(owner.IsDeadFor(Observer, id => id == 20 ? "200" : null));
        Assert.True(owner.IsDeadFor(Observer, _ => null));
        Assert.True(owner.IsDeadFor(Observer, _ => "201"));
        Assert.True((owner with { Boot = "earlier" }).IsDeadFor(Observer, _ => "200"));
        Assert.False((owner with { Machine = "another" }).IsDeadFor(Observer, _ => null));
    }

    [Fact]
    public void Labels_without_an_owner_name_none()
    {
        Assert.Null(AppHostIdentity.FromLabels(null));
        Assert.Null(AppHostIdentity.FromLabels(AppHostIdentity.Current.Labels.Where(label => label.Key != AppHostIdentity.BootLabel)));
        Assert.Null(AppHostIdentity.FromLabels(new Dictionary<string, string>(AppHostIdentity.Current.Labels) { [AppHostIdentity.ProcessIdLabel] = "x" }));
    }
}

namespace HaPgAspire.UnitTests.LocalHosting;

public sealed class EntryPointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_app_hosts_model_can_be_looked_at_and_changed_before_it_is_built()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(Token);

        Assert.Contains(builder.Resources, r => r is ProjectResource { Name: "probe" });
        builder.AddContainer("added", "image");

        await using var app = await builder.BuildAsync(Token);
        var model = (DistributedApplicationModel)app.Services.GetService(typeof(DistributedApplicationModel))!;
        Assert.True(model.Resources.TryGetByName("added", out _));
    }

    [Fact]
    public async Task The_app_host_gets_the_arguments()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--Some:Setting=1"], Token);

        Assert.Equal("1", builder.Configuration["Some:Setting"]);
        Assert.Equal(Projects.AppHost.ProjectPath, builder.AppHostDirectory);
    }

    [Fact]
    public async Task An_assembly_without_an_entry_point_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => DistributedApplicationTestingBuilder.CreateAsync<object>(Token));
}

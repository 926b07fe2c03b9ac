namespace HaPgAspire.UnitTests.HostingModel;

public sealed class EventingTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();
    private readonly List<string> _heard = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribers_hear_in_the_order_in_which_they_came()
    {
        _builder.OnBeforePublish((_, _) => Hear("first"));
        _builder.OnBeforePublish((_, _) => Hear("second"));

        await _builder.Eventing.PublishAsync(new BeforePublishEvent(null!, null!), Token);

        Assert.Equal(["first", "second"], _heard);
    }

    [Fact]
    public async Task A_resources_subscribers_hear_of_that_resource()
    {
        await using var app = Build();
        var one = _builder.CreateResourceBuilder<ContainerResource>("one");
        one.OnResourceReady((resource, _, _) => Hear(resource.Name));

        await _builder.Eventing.PublishAsync(new ResourceReadyEvent(_builder.CreateResourceBuilder<ContainerResource>("two").Resource, app.Services), Token);
        await _builder.Eventing.PublishAsync(new ResourceReadyEvent(one.Resource, app.Services), Token);

        Assert.Equal(["one"], _heard);
    }

    [Fact]
    public async Task Who_has_left_hears_nothing()
    {
        var subscription = _builder.Eventing.Subscribe<BeforePublishEvent>((_, _) => Hear("no"));
        _builder.Eventing.Unsubscribe(subscription);

        await _builder.Eventing.PublishAsync(new BeforePublishEvent(null!, null!), Token);

        Assert.Empty(_heard);
    }

    [Fact]
    public async Task Concurrent_subscribers_do_not_wait_for_each_other()
    {
        var second = new TaskCompletionSource();
        _builder.OnBeforePublish((_, ct) => second.Task.WaitAsync(ct));
        _builder.OnBeforePublish((_, _) =>
        {
            second.SetResult();
            return Task.CompletedTask;
        });

        await _builder.Eventing.PublishAsync(new BeforePublishEvent(null!, null!), EventDispatchBehavior.BlockingConcurrent, Token);

        Assert.True(second.Task.IsCompleted);
    }

    [Fact]
    public async Task A_subscribers_failure_reaches_the_publisher()
    {
        _builder.OnBeforePublish((_, _) => throw new InvalidOperationException("no"));

        await Assert.ThrowsAnyAsync<Exception>(() => _builder.Eventing.PublishAsync(new BeforePublishEvent(null!, null!), Token));
    }

    private DistributedApplication Build()
    {
        _builder.AddContainer("one", "image");
        _builder.AddContainer("two", "image");
        return _builder.Build();
    }

    private Task Hear(string what)
    {
        _heard.Add(what);
        return Task.CompletedTask;
    }
}

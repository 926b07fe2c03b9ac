using Microsoft.Extensions.Logging;

namespace HaPgAspire.UnitTests.HostingModel;

public sealed partial class NotificationTests : IAsyncDisposable
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();
    private readonly IResourceBuilder<ContainerResource> _one;
    private readonly IResourceBuilder<ContainerResource> _two;
    private readonly DistributedApplication _app;

    public NotificationTests()
    {
        _one = _builder.AddContainer("one", "image");
        _two = _builder.AddContainer("two", "image").WaitForStart(_one).WaitForCompletion(_builder.AddContainer("job", "image"), exitCode: 3);
        _app = _builder.Build();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ResourceNotificationService Notifications => _app.ResourceNotifications;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Waiting_ends_with_the_state_or_is_over_at_once()
    {
        var waiting = Notifications.WaitForResourceAsync("one", KnownResourceStates.Running, Token);
        Assert.False(waiting.IsCompleted);

        await PublishAsync("one", KnownResourceStates.Running);

        await waiting;
        await Notifications.WaitForResourceAsync("ONE", cancellationToken: Token);
    }

    [Fact]
    public async Task Waiting_tells_which_state_it_was()
    {
        await PublishAsync("one", KnownResourceStates.Exited);

        Assert.Equal(KnownResourceStates.Exited, await Notifications.WaitForResourceAsync("one", [KnownResourceStates.Running, KnownResourceStates.Exited], Token));
    }

    [Fact]
    public async Task A_change_builds_on_the_last_snapshot()
    {
        await Notifications.PublishUpdateAsync(_one.Resource, s => s with { Properties = s.Properties.Add(new ResourcePropertySnapshot("a", 1)) });
        await Notifications.PublishUpdateAsync(_one.Resource, s => s with { Properties = s.Properties.Add(new ResourcePropertySnapshot("b", 2)) });

        Assert.True(Notifications.TryGetCurrentState("one", out var current));
        Assert.Equal(["a", "b"], current.Snapshot.Properties.Select(p => p.Name));
        Assert.Equal("Container", current.Snapshot.ResourceType);
    }

    [Fact]
    public async Task Who_watches_gets_the_present_state_first()
    {
        await PublishAsync("one", KnownResourceStates.Starting);

        await foreach (var change in Notifications.WatchAsync(Token))
        {
            Assert.Equal(("one", KnownResourceStates.Starting), (change.Resource.Name, change.Snapshot.State?.Text));
            break;
        }
    }

    [Fact]
    public async Task A_cancelled_wait_says_what_it_waited_for()
    {
        using var cancelled = new CancellationTokenSource();
        var waiting = Notifications.WaitForResourceAsync("one", e => e.Snapshot.ExitCode == 1, cancelled.Token);

        await cancelled.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Contains("one", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_cannot_become_healthy_any_more_ends_the_wait()
    {
        await PublishAsync("one", KnownResourceStates.FailedToStart);

        await Assert.ThrowsAsync<DistributedApplicationException>(() =>
            Notifications.WaitForResourceHealthyAsync("one", WaitBehavior.StopOnResourceUnavailable, Token));
        await Assert.ThrowsAsync<DistributedApplicationException>(() =>
            Notifications.WaitForResourceHealthyAsync("nobody", WaitBehavior.StopOnResourceUnavailable, Token));
    }

    [Fact]
    public async Task A_resource_waits_for_all_it_depends_on()
    {
        var waiting = Notifications.WaitForDependenciesAsync(_two.Resource, Token);
        await Notifications.WaitForResourceAsync("two", KnownResourceStates.Waiting, Token);

        await PublishAsync("one", KnownResourceStates.Running);
        Assert.False(waiting.IsCompleted);

        await PublishAsync("job", KnownResourceStates.Exited, exitCode: 3);
        await waiting;
    }

    [Fact]
    public async Task A_wrong_exit_code_ends_the_wait()
    {
        await PublishAsync("one", KnownResourceStates.Running);
        await PublishAsync("job", KnownResourceStates.Exited, exitCode: 1);

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => Notifications.WaitForDependenciesAsync(_two.Resource, Token));

        Assert.Contains("job", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_keeps_what_was_written_and_ends_when_it_is_complete()
    {
        var logs = (ResourceLoggerService)_app.Services.GetService(typeof(ResourceLoggerService))!;
        var logger = logs.GetLogger(_one.Resource);
        Write(logger, "before");
        List<string> lines = [];
        var watching = Task.Run(
            async () =>
            {
                await foreach (var batch in logs.WatchAsync(_one.Resource).WithCancellation(Token))
                {
                    lines.AddRange(batch.Select(l => l.Content));
                }
            },
            Token);

        Write(logger, "after");
        logs.Complete(_one.Resource);
        await watching.WaitAsync(Token);

        Assert.Collection(lines, l => Assert.EndsWith("before", l, StringComparison.Ordinal), l => Assert.EndsWith("after", l, StringComparison.Ordinal));
    }

    [LoggerMessage(LogLevel.Information, "{Text}")]
    private static partial void Write(ILogger logger, string text);

    private Task PublishAsync(string name, string state, int? exitCode = null) =>
        Notifications.PublishUpdateAsync(_builder.CreateResourceBuilder<ContainerResource>(name).Resource, s => s with { State = state, ExitCode = exitCode });
}

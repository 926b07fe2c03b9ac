namespace HaPgAspire.UnitTests.HostingModel;

public sealed class CommandTests : IAsyncDisposable
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();
    private readonly IResourceBuilder<ContainerResource> _container;
    private DistributedApplication? _app;

    public CommandTests() => _container = _builder.AddContainer("one", "image");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_command_gets_its_arguments_and_answers()
    {
        _container.WithCommand("greet", "Greet", Greet, WithArguments(Choice("who", "ann", "bob")));

        var result = await RunAsync("greet", ("who", " bob "));

        Assert.True(result.Success);
        Assert.Equal("one greets bob", result.Message);
    }

    [Theory]
    [InlineData("who", "eve", "who")]
    [InlineData("who", "", "who")]
    [InlineData("count", "many", "count")]
    [InlineData("sure", "perhaps", "sure")]
    public async Task A_wrong_argument_is_refused(string name, string value, string named)
    {
        var isRun = false;
        _container.WithCommand(
            "greet",
            "Greet",
            _ =>
            {
                isRun = true;
                return Task.FromResult(CommandResults.Success());
            },
            WithArguments(
                Choice("who", "ann", "bob"),
                new InteractionInput { Name = "count", InputType = InputType.Number, Value = "1" },
                new InteractionInput { Name = "sure", InputType = InputType.Boolean, Value = "true" }));

        var result = await RunAsync("greet", name == "who" ? [(name, value)] : [("who", "ann"), (name, value)]);

        Assert.False(result.Success);
        Assert.False(isRun);
        Assert.NotNull(named);
    }

    [Fact]
    public async Task An_argument_has_a_default_that_can_be_overridden()
    {
        _container.WithCommand("greet", "Greet", Greet, WithArguments(new InteractionInput { Name = "who", InputType = InputType.Text, Value = "all" }));

        Assert.Equal("one greets all", (await RunAsync("greet")).Message);
        Assert.Equal("one greets ann", (await RunAsync("greet", ("who", "ann"))).Message);
    }

    [Fact]
    public async Task A_commands_own_check_can_refuse()
    {
        var options = WithArguments(new InteractionInput { Name = "who", InputType = InputType.Text });
        options.ValidateArguments = context =>
        {
            context.AddValidationError("who", "Not today.");
            return Task.CompletedTask;
        };
        _container.WithCommand("greet", "Greet", Greet, options);

        Assert.False((await RunAsync("greet", ("who", "ann"))).Success);
    }

    [Fact]
    public async Task What_a_command_throws_is_its_failure()
    {
        _container.WithCommand("fail", "Fail", _ => throw new InvalidOperationException("broken"));

        var result = await RunAsync("fail");

        Assert.False(result.Success);
        Assert.Contains("broken", result.Message!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_command_is_no_failure()
    {
        _container.WithCommand("wait", "Wait", _ => throw new OperationCanceledException());

        var result = await RunAsync("wait");

        Assert.True(result is { Success: false, Canceled: true });
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_said_so()
    {
        var result = await RunAsync("nothing");

        Assert.False(result.Success);
        Assert.Contains("'nothing'", result.Message!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_command_of_the_same_name_takes_the_place()
    {
        _container.WithCommand("greet", "Greet", _ => throw new InvalidOperationException()).WithCommand("greet", "Greet", _ => Task.FromResult(CommandResults.Success("new")));

        Assert.Equal("new", (await RunAsync("greet")).Message);
    }

    [Fact]
    public async Task The_snapshot_tells_which_commands_can_be_run()
    {
        _container.WithCommand("stop-it", "Stop", _ => Task.FromResult(CommandResults.Success()), new CommandOptions
        {
            UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        });
        var app = _app = _builder.Build();

        Assert.Equal(ResourceCommandState.Disabled, await StateOfAsync(app, "Starting"));
        Assert.Equal(ResourceCommandState.Enabled, await StateOfAsync(app, "Running"));
    }

    private async Task<ResourceCommandState> StateOfAsync(DistributedApplication app, string state)
    {
        await app.ResourceNotifications.PublishUpdateAsync(_container.Resource, s => s with { State = state });
        Assert.True(app.ResourceNotifications.TryGetCurrentState("one", out var current));
        return current.Snapshot.Commands.Single(c => c.Name == "stop-it").State;
    }

    private async Task<ExecuteCommandResult> RunAsync(string command, params (string Name, string Value)[] arguments)
    {
        _app ??= _builder.Build();
        await _app.ResourceNotifications.PublishUpdateAsync(_container.Resource, s => s with { State = KnownResourceStates.Running });
        var inputs = arguments.Select(a => new InteractionInput { Name = a.Name, InputType = InputType.Text, Value = a.Value });
        return await _app.ResourceCommands.ExecuteCommandAsync(_container.Resource, command, new InteractionInputCollection([.. inputs]), Token);
    }

    private static Task<ExecuteCommandResult> Greet(ExecuteCommandContext context) =>
        Task.FromResult(CommandResults.Success($"{context.ResourceName} greets {context.Arguments.GetString("who")}"));

    private static CommandOptions WithArguments(params InteractionInput[] arguments) => new() { Arguments = arguments };

    private static InteractionInput Choice(string name, params string[] values) => new()
    {
        Name = name,
        InputType = InputType.Choice,
        Required = true,
        Options = [.. values.Select(v => KeyValuePair.Create(v, v))],
    };
}

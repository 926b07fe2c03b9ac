using HaPgAspire.LocalHosting.Docker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.UnitTests.LocalHosting;

/// <summary>The course of a run, with processes: it needs no container engine.</summary>
public sealed class LifecycleTests : IAsyncDisposable
{
    private readonly IDistributedApplicationTestingBuilder _builder = DistributedApplicationTestingBuilder.Create();
    private DistributedApplication? _app;

    public static bool HasShell => File.Exists("/bin/sh");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DistributedApplication App => _app!;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _builder.DisposeAsync();
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task Events_come_in_order()
    {
        List<string> heard = [];
        var one = Shell("one", "sleep 60").WithHttpEndpoint();
        _builder.OnBeforeStart((_, _) => Hear("before start"));
        one.OnResourceEndpointsAllocated((r, _, _) => Hear($"endpoints {r.GetEndpoint("http").IsAllocated}"));
        one.OnBeforeResourceStarted((_, _, _) => Hear("before resource"));
        one.OnResourceReady((_, _, _) => Hear("ready"));
        _builder.Eventing.Subscribe<AfterResourcesCreatedEvent>((_, _) => Hear("created"));

        await StartAsync();
        await App.ResourceNotifications.WaitForResourceHealthyAsync("one", Token);

        Assert.Equal(["before start", "endpoints True", "before resource"], heard.Take(3));
        Assert.Equal(["created", "ready"], heard.Skip(3).Order());

        Task Hear(string what)
        {
            lock (heard)
            {
                heard.Add(what);
            }

            return Task.CompletedTask;
        }
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task A_resource_starts_when_what_it_waits_for_is_healthy()
    {
        var isHealthy = false;
        _builder.Services.AddHealthChecks().AddCheck("check", () => isHealthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        var server = Shell("server", "sleep 60").WithHealthCheck("check");
        Shell("client", "sleep 60").WaitFor(server);

        var starting = StartAsync();
        await WaitForAsync("client", e => e.Snapshot.State?.Text == KnownResourceStates.Waiting);
        await WaitForAsync("server", e => e.Snapshot.HealthStatus == HealthStatus.Unhealthy && e.Snapshot.HealthReports.All(r => r.LastRunAt is not null));
        Assert.False(starting.IsCompleted);

        isHealthy = true;
        await starting;
        await App.ResourceNotifications.WaitForResourceAsync("client", KnownResourceStates.Running, Token);
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task A_waiting_resource_can_be_started_by_hand()
    {
        _builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy());
        Shell("client", "sleep 60").WaitFor(Shell("server", "sleep 60").WithHealthCheck("never"));

        var starting = StartAsync();
        await WaitForAsync("client", e => e.Snapshot.State?.Text == KnownResourceStates.Waiting);
        Assert.True((await App.ResourceCommands.ExecuteCommandAsync("client", KnownResourceCommands.StartCommand, Token)).Success);

        await starting;
        await App.ResourceNotifications.WaitForResourceAsync("client", KnownResourceStates.Running, Token);
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task What_ends_is_finished_with_its_exit_code_and_its_log()
    {
        var stopped = new TaskCompletionSource<int?>();
        Shell("job", "echo out; echo err >&2; exit 3").OnResourceStopped((_, e, _) =>
        {
            stopped.SetResult(e.ResourceEvent.Snapshot.ExitCode);
            return Task.CompletedTask;
        });

        await StartAsync();
        await WaitForAsync("job", e => e.Snapshot is { ExitCode: 3, State.Text: "Finished" });

        Assert.Equal(3, await stopped.Task.WaitAsync(Token));
        List<LogLine> lines = [];
        await foreach (var batch in App.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync("job"))
        {
            lines.AddRange(batch);
        }

        Assert.Equal(["err True", "out False"], lines.Select(l => $"{l.Content.Split(' ')[1]} {l.IsErrorMessage}").Order());
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task A_start_that_answers_a_reported_end_is_never_taken_for_a_start_of_what_runs()
    {
        Shell("job", "exit 3");
        await StartAsync();
        DateTime? last = null;
        var ends = 0;
        await foreach (var change in App.ResourceNotifications.WatchAsync(Token))
        {
            if (change.Resource.Name == "job" && change.Snapshot is { State.Text: "Finished", StopTimeStamp: { } ended } && ended != last)
            {
                last = ended;
                if (++ends == 300)
                {
                    break;
                }

                Assert.True((await App.ResourceCommands.ExecuteCommandAsync("job", KnownResourceCommands.StartCommand, Token)).Success);
            }
        }
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task The_built_in_commands_stop_start_and_restart()
    {
        Shell("one", "sleep 60");
        await StartAsync();
        var first = Pid();

        Assert.True((await App.ResourceCommands.ExecuteCommandAsync("one", KnownResourceCommands.StopCommand, Token)).Success);
        await App.ResourceNotifications.WaitForResourceAsync("one", KnownResourceStates.Finished, Token);
        Assert.True((await App.ResourceCommands.ExecuteCommandAsync("one", KnownResourceCommands.StartCommand, Token)).Success);
        var second = Pid();
        Assert.True((await App.ResourceCommands.ExecuteCommandAsync("one", KnownResourceCommands.RestartCommand, Token)).Success);

        Assert.Equal(3, new[] { first, second, Pid() }.Distinct().Count());

        int Pid() => App.ResourceNotifications.TryGetCurrentState("one", out var current)
            ? (int)current.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value!
            : 0;
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task An_explicit_start_waits_for_the_command()
    {
        Shell("later", "sleep 60").WithExplicitStart();

        await StartAsync();
        await App.ResourceNotifications.WaitForResourceAsync("later", KnownResourceStates.NotStarted, Token);
        await App.ResourceCommands.ExecuteCommandAsync("later", KnownResourceCommands.StartCommand, Token);

        await App.ResourceNotifications.WaitForResourceAsync("later", KnownResourceStates.Running, Token);
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task A_resource_that_cannot_start_leaves_the_others_running()
    {
        _builder.AddResource(new ExecutableResource("broken", "/no/such/program", "/"));
        Shell("fine", "sleep 60");

        await StartAsync();

        await App.ResourceNotifications.WaitForResourceAsync("broken", KnownResourceStates.FailedToStart, Token);
        await App.ResourceNotifications.WaitForResourceAsync("fine", KnownResourceStates.Running, Token);
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task A_missing_parameter_ends_the_start()
    {
        _builder.AddParameter("missing");
        Shell("one", "sleep 60");

        await Assert.ThrowsAsync<MissingParameterValueException>(StartAsync);
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task Variables_and_arguments_arrive()
    {
        var server = Shell("server", "sleep 60").WithHttpEndpoint(env: "PORT");
        _builder.AddResource(new ExecutableResource("client", "/bin/sh", "/"))
            .WithArgs("-c", "echo $URL $1", "sh", server.GetEndpoint("http"))
            .WithEnvironment("URL", server.GetEndpoint("http"));

        await StartAsync();
        await WaitForAsync("client", e => e.Snapshot.ExitCode == 0);

        var url = server.GetEndpoint("http").Url;
        await foreach (var batch in App.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync("client"))
        {
            Assert.EndsWith($" {url} {url}", Assert.Single(batch).Content, StringComparison.Ordinal);
        }
    }

    [Fact(SkipUnless = nameof(HasShell), Skip = "There is no /bin/sh.")]
    public async Task Nothing_outlives_the_application()
    {
        Shell("one", "sleep 60 & echo $!; wait");
        await StartAsync();
        var child = 0;
        await foreach (var batch in App.Services.GetRequiredService<ResourceLoggerService>().WatchAsync("one"))
        {
            child = int.Parse(batch[0].Content.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            break;
        }

        Assert.True(App.ResourceNotifications.TryGetCurrentState("one", out var current));
        var pid = (int)current.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value!;

        await App.StopAsync(Token);

        Assert.Null(AppHostIdentity.StartOf(pid));
        Assert.Null(AppHostIdentity.StartOf(child));
    }

    private IResourceBuilder<ExecutableResource> Shell(string name, string script) =>
        _builder.AddResource(new ExecutableResource(name, "/bin/sh", "/")).WithArgs("-c", script);

    private async Task StartAsync()
    {
        _app = await _builder.BuildAsync(Token);
        await _app.StartAsync(Token);
    }

    private Task<ResourceEvent> WaitForAsync(string name, Func<ResourceEvent, bool> predicate) =>
        App.ResourceNotifications.WaitForResourceAsync(name, predicate, Token);
}

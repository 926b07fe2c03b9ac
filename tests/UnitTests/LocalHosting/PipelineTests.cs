using System.Text.Json;

namespace HaPgAspire.UnitTests.LocalHosting;

public sealed class PipelineTests : IDisposable
{
    private readonly DirectoryInfo _output = Directory.CreateTempSubdirectory();
    private readonly List<string> _ran = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _output.Delete(recursive: true);

    [Fact]
    public async Task A_step_runs_after_what_it_depends_on_and_before_what_requires_it()
    {
        await RunAsync(
            ["--operation", "publish"],
            builder =>
            {
                builder.Pipeline.AddStep("last", Ran("last"), dependsOn: "middle", requiredBy: WellKnownPipelineSteps.Publish);
                builder.Pipeline.AddStep("middle", Ran("middle"), dependsOn: new List<string> { "first" });
                builder.Pipeline.AddStep("first", Ran("first"));
                builder.Pipeline.AddStep("not-asked-for", Ran("not-asked-for"));
            });

        Assert.Equal(["first", "middle", "last"], _ran);
    }

    [Fact]
    public async Task One_step_can_be_asked_for()
    {
        await RunAsync(
            ["--operation", "publish", "--step", "only"],
            builder =>
            {
                builder.Pipeline.AddStep("only", Ran("only"));
                builder.Pipeline.AddStep("other", Ran("other"), requiredBy: WellKnownPipelineSteps.Publish);
            });

        Assert.Equal(["only"], _ran);
    }

    [Fact]
    public async Task A_resource_can_bring_steps_and_knows_where_to_write()
    {
        string? directory = null;
        await RunAsync(["--operation", "publish", "--output-path", _output.FullName], builder => builder.AddContainer("one", "image").WithPipelineStepFactory(
            "publish-one",
            context =>
            {
                directory = ((IPipelineOutputService)context.Services.GetService(typeof(IPipelineOutputService))!).GetOutputDirectory();
                return Task.CompletedTask;
            },
            requiredBy: [WellKnownPipelineSteps.Publish]));

        Assert.Equal(_output.FullName, directory);
    }

    [Fact]
    public async Task A_step_that_is_not_there_is_named()
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => RunAsync(["--operation", "publish", "--step", "nothing"], _ => { }));

        Assert.StartsWith("Step 'nothing' does not exist; there are: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_in_a_circle_are_refused() => await Assert.ThrowsAsync<DistributedApplicationException>(() => RunAsync(
        ["--operation", "publish", "--step", "a"],
        builder =>
        {
            builder.Pipeline.AddStep("a", Ran("a"), dependsOn: "b");
            builder.Pipeline.AddStep("b", Ran("b"), dependsOn: "a");
        }));

    [Fact]
    public async Task What_a_step_throws_fails_the_publish()
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => RunAsync(
            ["--operation", "publish"],
            builder => builder.Pipeline.AddStep("fail", _ => throw new InvalidOperationException("disk full"), requiredBy: WellKnownPipelineSteps.Publish)));

        Assert.Contains("disk full", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operation_that_is_not_there_is_named() =>
        Assert.Throws<DistributedApplicationException>(() => DistributedApplicationTestingBuilder.Create("--operation", "deploy"));

    [Fact]
    public async Task The_manifest_has_every_resource()
    {
        var path = Path.Combine(_output.FullName, "manifest.json");
        await RunAsync(["--publisher", "manifest", "--output-path", path], builder =>
        {
            var password = ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, "password");
            var server = builder.AddResource(new PostgresServerResource("server", null, password))
                .WithDockerfile(_output.FullName, stage: "patroni")
                .WithEndpoint(port: 5000, targetPort: 5432, name: "tcp")
                .WithVolume("data", "/data");
            builder.AddContainer("client", "image", "1.0").WithReference(server.AddDatabase("db")).WithArgs("--fast", server.GetEndpoint("tcp"));
            builder.AddContainer("hidden", "image").ExcludeFromManifest();
        });

        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(path, Token));
        var resources = manifest.RootElement.GetProperty("resources");
        Assert.Equal(
            "container.v1 patroni 5000 5432",
            $"{Text(resources, "server", "type")} {Text(resources, "server", "build", "stage")} {Text(resources, "server", "bindings", "tcp", "port")} {Text(resources, "server", "bindings", "tcp", "targetPort")}");
        Assert.Equal("{server.connectionString};Database=db", Text(resources, "db", "connectionString"));
        Assert.Equal("value.v0", Text(resources, "db", "type"));
        Assert.Equal("image:1.0", Text(resources, "client", "image"));
        Assert.Equal("{db.connectionString}", Text(resources, "client", "env", "ConnectionStrings__db"));
        Assert.Equal("postgresql://postgres:{password-uri-encoded.value}@{server.bindings.tcp.host}:{server.bindings.tcp.port}/db", Text(resources, "client", "env", "DB_URI"));
        Assert.Equal(["--fast", "{server.bindings.tcp.url}"], resources.GetProperty("client").GetProperty("args").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal("True", Text(resources, "password", "inputs", "value", "secret"));
        Assert.Equal("annotated.string", Text(resources, "password-uri-encoded", "type"));
        Assert.False(resources.TryGetProperty("hidden", out _));
    }

    private static string Text(JsonElement element, params string[] path) => path.Aggregate(element, (e, name) => e.GetProperty(name)).ToString();

    private Func<PipelineStepContext, Task> Ran(string name) => _ =>
    {
        _ran.Add(name);
        return Task.CompletedTask;
    };

    private static async Task RunAsync(string[] arguments, Action<IDistributedApplicationBuilder> configure)
    {
        await using var builder = DistributedApplicationTestingBuilder.Create(arguments);
        configure(builder);
        await using var app = await builder.BuildAsync(Token);
        await app.RunAsync(Token);
    }
}

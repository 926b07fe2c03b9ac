using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HaPgAspire.LocalHosting.Terminal;

namespace HaPgAspire.UnitTests.LocalTerminal;

/// <summary>An app host with a few resources that does what a test tells it to.</summary>
internal sealed class FakeTarget : IControlTarget
{
    private readonly Channel<ResourceRow> _changes = Channel.CreateUnbounded<ResourceRow>();
    private readonly Channel<LogRow> _liveLogs = Channel.CreateUnbounded<LogRow>();

    public List<ResourceRow> Rows { get; } =
    [
        new ResourceRow
        {
            Name = "postgres",
            Type = "PatroniCluster",
            State = "Running",
            Health = "Healthy",
            Commands =
            [
                new ResourceRowCommand("list", "List", "Lists the members"),
                new ResourceRowCommand("switchover", Arguments:
                [
                    new ResourceRowArgument("candidate"),
                    new ResourceRowArgument("maximumLag", ResourceRowArgumentKind.Number),
                    new ResourceRowArgument("force", ResourceRowArgumentKind.Boolean),
                    new ResourceRowArgument("mode", ResourceRowArgumentKind.Choice, AllowedValues: ["fast", "smart"]),
                ]),
                new ResourceRowCommand("resume", Enabled: false),
                new ResourceRowCommand("reinitialize", Arguments: [new ResourceRowArgument("member", Required: true), new ResourceRowArgument("from", Required: true)]),
            ],
        },
        new ResourceRow
        {
            Name = "data-node1",
            Type = "Container",
            Parent = "postgres",
            State = "Running",
            Health = "Healthy",
            Source = "hapg:1",
            Urls = [new ResourceRowUrl("http://127.0.0.1:32768", "rest"), new ResourceRowUrl("tcp://inside:5432", "postgres", IsInternal: true)],
            Properties = [new ResourceRowProperty("container.image", "hapg:1"), new ResourceRowProperty("patroni.role", "leader"), new ResourceRowProperty("patroni.lag", "0")],
        },
        new ResourceRow { Name = "secret", Type = "Parameter", State = "Running", IsHidden = true },
    ];

    public List<LogRow> KeptLogs { get; } =
    [
        new LogRow("data-node1", "one", Timestamp: new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
        new LogRow("secret", "hidden"),
        new LogRow("data-node1", "two \e[31mred\e[0m", IsError: true),
        new LogRow("postgres", "three"),
    ];

    public Func<string, string, IReadOnlyDictionary<string, string?>, CancellationToken, Task<CommandOutcome>> OnExecute { get; set; } =
        (_, _, _, _) => Task.FromResult(new CommandOutcome(true));

    public TaskCompletionSource StopRequested { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource FollowCancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Change(ResourceRow row) => _changes.Writer.TryWrite(row);

    public void Log(LogRow row) => _liveLogs.Writer.TryWrite(row);

    public void EndLogs() => _liveLogs.Writer.Complete();

    public IReadOnlyList<ResourceRow> ListResources() => Rows;

    public async IAsyncEnumerable<ResourceRow> FollowResourcesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(FollowCancelled.SetResult);
        foreach (var row in Rows)
        {
            yield return row;
        }

        await foreach (var row in _changes.Reader.ReadAllAsync(cancellationToken))
        {
            yield return row;
        }
    }

    public Task<CommandOutcome> ExecuteCommandAsync(
        string resource,
        string command,
        IReadOnlyDictionary<string, string?> arguments,
        CancellationToken cancellationToken) => OnExecute(resource, command, arguments, cancellationToken);

    public async IAsyncEnumerable<LogRow> ReadLogsAsync(string? resource, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var row in KeptLogs.Where(row => resource is null || row.Resource == resource))
        {
            yield return row;
        }

        if (follow)
        {
            await foreach (var row in _liveLogs.Reader.ReadAllAsync(cancellationToken))
            {
                yield return row;
            }
        }
    }

    public void RequestStop() => StopRequested.TrySetResult();
}

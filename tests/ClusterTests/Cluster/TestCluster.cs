using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using HaPgAspire.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HaPgAspire.ClusterTests.Cluster;

/// <summary>The graph of Program.cs, running, on ports that nobody else has.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    /// <summary>Image builds included, on a small machine that does other things as well.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly DistributedApplication _app;

    private TestCluster(DistributedApplication app)
    {
        _app = app;
        Resource = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<PatroniClusterResource>().Single();
    }

    /// <summary>Arguments that leave the choice of ports to the machine.</summary>
    public static IReadOnlyList<string> AnyPorts { get; } =
        ["--Cluster:HAProxy:ReadWritePort=0", "--Cluster:HAProxy:ReadOnlyPort=0", "--Cluster:HAProxy:StatisticsPort=0"];

    public PatroniClusterResource Resource { get; }

    public static async Task<TestCluster> StartAsync(CancellationToken cancellationToken, params string[] args)
    {
        IDistributedApplicationTestingBuilder builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([.. AnyPorts, .. args], cancellationToken);
        DistributedApplication app = await builder.BuildAsync(cancellationToken);
        var cluster = new TestCluster(app);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(StartLimit);
            await app.StartAsync(limit.Token);
            foreach (string resource in (string[])["postgres", "haproxy", "appdb"])
            {
                await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    /// <summary>Runs a registered command that has to succeed, and returns its text.</summary>
    public async Task<string> ExecuteAsync(string resource, string command, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        ExecuteCommandResult result = await TryExecuteAsync(resource, command, cancellationToken, arguments);
        Assert.True(result.Success, $"{command} {resource}: {result.Message}{Environment.NewLine}{result.Data?.Value}");
        return result.Data?.Value ?? result.Message ?? string.Empty;
    }

    public Task<ExecuteCommandResult> TryExecuteAsync(string resource, string command, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        IResource target = _app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(candidate => candidate.Name == resource);
        InteractionInput[] inputs = [.. arguments.Select(argument => new InteractionInput { Name = argument.Name, InputType = InputType.Text, Value = argument.Value })];
        return _app.ResourceCommands.ExecuteCommandAsync(target, command, new InteractionInputCollection(inputs), cancellationToken);
    }

    /// <summary>Takes the probe's load off the machine.</summary>
    public async Task StopProbeAsync(CancellationToken cancellationToken)
    {
        // One that is still coming up may miss the signal to end.
        await ProbeIsHealthyAsync(cancellationToken);
        await ExecuteAsync("probe", KnownResourceCommands.StopCommand, cancellationToken);
    }

    /// <summary>Puts it back.</summary>
    public async Task StartProbeAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync("probe", KnownResourceCommands.StartCommand, cancellationToken);
        await ProbeIsHealthyAsync(cancellationToken);
    }

    private async Task ProbeIsHealthyAsync(CancellationToken cancellationToken) =>
        await _app.ResourceNotifications.WaitForResourceHealthyAsync("probe", cancellationToken).WaitAsync(StartLimit, cancellationToken);

    /// <summary>
    /// Has the leadership handed over. A leader whose candidate does not answer in time, as on a busy machine, takes the order back and goes on: then it is given
    /// again.
    /// </summary>
    public async Task SwitchoverAsync(string leader, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        ExecuteCommandResult handed = await TryExecuteAsync("postgres", "switchover", cancellationToken, arguments);
        for (int again = 0; again < 5 && handed.Message?.Contains("Switchover failed", StringComparison.Ordinal) == true; again++)
        {
            Assert.Equal(leader, await AwaitWholeAsync(cancellationToken));
            handed = await TryExecuteAsync("postgres", "switchover", cancellationToken, arguments);
        }

        Assert.True(handed.Success, handed.Message);
    }

    /// <summary>
    /// The name of the leader, once every member itself says that it leads or streams, all of one timeline, commits wait for a replica again, and the
    /// application shows the same. What is shown alone does not do: it is what the members said a moment ago, and a member that was killed counts as streaming
    /// until its lease runs out. Until commits wait for a replica, a leader that is killed can be followed by nobody but itself.
    /// </summary>
    public async Task<string> AwaitWholeAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            if (await MembersAsync(limit.Token) is { } leader && await ShowsAsync(leader, limit.Token))
            {
                return leader;
            }

            await Task.Delay(Pause, limit.Token);
        }
    }

    public async Task<string> AwaitOtherLeaderAsync(string leader, CancellationToken cancellationToken)
    {
        ResourceEvent changed = await _app.ResourceNotifications.WaitForResourceAsync(
            "postgres", change => Property(change, "patroni.leader") is { } found && found != leader, cancellationToken).WaitAsync(StartLimit, cancellationToken);
        return Property(changed, "patroni.leader")!;
    }

    public Task AwaitStateAsync(string resource, IEnumerable<string> states, CancellationToken cancellationToken) =>
        _app.ResourceNotifications.WaitForResourceAsync(resource, states, cancellationToken).WaitAsync(StartLimit, cancellationToken);

    public Task<ResourceEvent> AwaitAsync(string resource, Func<ResourceEvent, bool> reached, CancellationToken cancellationToken) =>
        _app.ResourceNotifications.WaitForResourceAsync(resource, reached, cancellationToken).WaitAsync(StartLimit, cancellationToken);

    public async Task<string> ConnectionStringAsync(string resource, CancellationToken cancellationToken) =>
        await _app.GetConnectionStringAsync(resource, cancellationToken) ?? throw new InvalidOperationException($"{resource} has no connection string.");

    public async Task<string> ReadOnlyConnectionStringAsync(CancellationToken cancellationToken) =>
        (await Resource.HAProxy!.ReadOnlyConnectionStringExpression.GetValueAsync(cancellationToken))!;

    /// <summary>Everything that a display shows of a resource.</summary>
    public async Task<string> ShownAsync(string resource, CancellationToken cancellationToken)
    {
        CustomResourceSnapshot shown = (await AwaitAsync(resource, _ => true, cancellationToken)).Snapshot;
        return string.Join(Environment.NewLine, [.. shown.Properties.Select(property => $"{property.Name}={property.Value}"), .. shown.Urls.Select(url => url.Url)]);
    }

    /// <summary>The logs of all resources, as the app host has kept them.</summary>
    public async Task<IReadOnlyList<(string Resource, string Log)>> LogsAsync(CancellationToken cancellationToken)
    {
        var loggers = _app.Services.GetRequiredService<ResourceLoggerService>();
        var logs = new List<(string, string)>();
        foreach (IResource resource in Model.Resources)
        {
            var text = new System.Text.StringBuilder();
            await foreach (IReadOnlyList<LogLine> lines in loggers.GetAllAsync(resource).WithCancellation(cancellationToken))
            {
                foreach (LogLine line in lines)
                {
                    text.AppendLine(line.Content);
                }
            }

            logs.Add((resource.Name, text.ToString()));
        }

        return logs;
    }

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    private DistributedApplicationModel Model => Service<DistributedApplicationModel>();

    public Uri Endpoint(string resource, string endpoint) => _app.GetEndpoint(resource, endpoint);

    /// <summary>Runs a statement until it succeeds: a failover passes.</summary>
    public static async Task<object?> QueryAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 10, CommandTimeout = 30 });
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using NpgsqlCommand command = source.CreateCommand(sql);
                return await command.ExecuteScalarAsync(cancellationToken);
            }
            catch (Exception passing) when (IsPassing(passing) && elapsed.Elapsed < TimeSpan.FromSeconds(90))
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    public static string? Property(ResourceEvent change, string name) =>
        change.Snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value?.ToString();

    // In quorum mode every replica that streams counts, in the others the one that is named.
    private int Standbys => Resource.Options.Synchronous switch
    {
        SynchronousMode.Quorum or SynchronousMode.Strict => Resource.Nodes.Count - 1,
        SynchronousMode.On => 1,
        _ => 0,
    };

    // The leader, if every member answers now and is in its place.
    private async Task<string?> MembersAsync(CancellationToken cancellationToken)
    {
        MemberAnswer?[] members = await Task.WhenAll(Resource.Nodes.Select(node => MemberAsync(node.Name, cancellationToken)));
        MemberAnswer[] leaders = [.. members.OfType<MemberAnswer>().Where(member => member is { Role: "primary" or "master", State: "running" })];
        return leaders is [var leader]
            && members.All(member => member == leader || (member is { ReplicationState: "streaming" } && member.Timeline == leader.Timeline))
            && members.Count(member => member?.IsSynchronous == true) >= Standbys
            ? leader.Name
            : null;
    }

    private async Task<MemberAnswer?> MemberAsync(string node, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            // A client of its own: a connection of an earlier question may lead to a node that is no more. Whose certificate it is, other tests look at.
            using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
            using var http = new HttpClient(handler);
            JsonElement answer = await http.GetFromJsonAsync<JsonElement>(new Uri(Endpoint(node, "rest"), "patroni"), limit.Token);
            return new MemberAnswer(
                node,
                Text(answer, "role"),
                Text(answer, "state"),
                Text(answer, "replication_state"),
                answer.TryGetProperty("timeline", out JsonElement timeline) ? timeline.GetInt32() : null,
                answer.TryGetProperty("quorum_standby", out _) || answer.TryGetProperty("sync_standby", out _));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }

        static string? Text(JsonElement answer, string name) => answer.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    }

    private async Task<bool> ShowsAsync(string leader, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            await _app.ResourceNotifications.WaitForResourceAsync(
                "postgres", change => Property(change, "patroni.leader") == leader && Property(change, "patroni.missing") is null, limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool IsPassing(Exception failure) => failure switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.AdminShutdown,
        NpgsqlException or TimeoutException => true,
        _ => false,
    };

    private sealed record MemberAnswer(string Name, string? Role, string? State, string? ReplicationState, int? Timeline, bool IsSynchronous);
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>
/// The story of the guide that this project automates, played on the running cluster: databases are created through the front door while two leaders are
/// stopped one after the other, then everything has to be on every node. Leaves the cluster whole and the drill's databases dropped.
/// </summary>
internal sealed class Drill(PatroniClusterResource cluster, HAProxyResource frontDoor, PatroniClient patroni, ResourceCommandService commands, ResourceNotificationService notifications)
{
    /// <summary>The databases that the story creates: one by the first leader, one by the second, one by the last node alone.</summary>
    private static readonly string[] Databases = ["test", "test1", "test3"];

    /// <summary>New connections through the read-only port; enough to meet every replica several times.</summary>
    private const int ReadOnlyConnections = 12;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<DrillStep> _steps = [];
    private readonly List<PatroniNodeResource> _stopped = [];

    /// <summary>The longest that a single step may take: two leases run out, a replica is copied anew.</summary>
    private TimeSpan Limit => TimeSpan.FromSeconds((2 * cluster.Options.Ttl) + 60);

    /// <summary>Plays the story once. Never throws for what it finds: that is in the report.</summary>
    public async Task<DrillReport> RunAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource readWrite = DrillClient.Connect(await ValueAsync(frontDoor.ConnectionStringExpression, cancellationToken), "drill-read-write");
        await using NpgsqlDataSource readOnly = DrillClient.Connect(await ValueAsync(frontDoor.ReadOnlyConnectionStringExpression, cancellationToken), "drill-read-only");
        var client = new DrillClient(readWrite, Limit);
        var reader = new DrillClient(readOnly, Limit);

        bool goesOn = await StepAsync("All members are there", step => WholeAsync(client, step, cancellationToken), cancellationToken);
        if (!goesOn)
        {
            return new DrillReport(_steps);
        }

        goesOn = await StepAsync($"CREATE DATABASE {Databases[0]} through the front door", step => CreateAsync(client, Databases[0], step, cancellationToken), cancellationToken);
        foreach (string database in Databases[1..])
        {
            goesOn = goesOn && await StepAsync(
                $"Stop the leader, CREATE DATABASE {database} through the front door", step => StopLeaderAsync(client, database, step, cancellationToken), cancellationToken);
        }

        goesOn &= await StepAsync("Start the stopped nodes, they stream on the last timeline", step => StartStoppedAsync(step, cancellationToken), cancellationToken);
        if (goesOn)
        {
            await StepAsync("Every node holds every database", step => EveryNodeAsync(step, cancellationToken), cancellationToken);
            await StepAsync("The read-only port answers from replicas and refuses writes", step => ReadOnlyAsync(reader, step, cancellationToken), cancellationToken);
        }

        await StepAsync("Drop the databases", step => DropAsync(client, step, cancellationToken), cancellationToken);
        return new DrillReport(_steps);
    }

    private async Task<bool> StepAsync(string title, Func<StepNotes, Task> run, CancellationToken cancellationToken)
    {
        var notes = new StepNotes();
        var elapsed = Stopwatch.StartNew();
        try
        {
            await run(notes);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            notes.Violations.Add(e.Message);
        }

        _steps.Add(new DrillStep(title, elapsed.Elapsed, notes.Seen, notes.Violations));
        return notes.Violations.Count == 0;
    }

    private async Task WholeAsync(DrillClient client, StepNotes step, CancellationToken cancellationToken)
    {
        ClusterView view = await AwaitAsync("all members to stream", view => view.Lacks(Names).Count == 0, cancellationToken);
        step.Seen.Add(Table(view));
        IReadOnlyList<string> found = await client.DatabasesAsync(cancellationToken);
        step.Violations.AddRange(Databases.Intersect(found).Select(database => $"there is a database {database} already, which the drill would drop at its end: rename or drop it first"));
    }

    private static async Task CreateAsync(DrillClient client, string database, StepNotes step, CancellationToken cancellationToken)
    {
        await client.CreateDatabaseAsync(database, cancellationToken);
        await CheckAsync(client, [database], "the front door", step, cancellationToken);
    }

    private async Task StopLeaderAsync(DrillClient client, string database, StepNotes step, CancellationToken cancellationToken)
    {
        // A second failure before the rest of the cluster has found its new order is another story: then nobody may be promoted who cannot prove
        // to have every acknowledged write, and writes wait for a node to come back.
        ClusterView before = await AwaitSettledAsync(client, cancellationToken);
        PatroniNodeResource node = cluster.Nodes.Single(node => node.Name == before.Leader!.Name);
        int? timeline = before.Leader!.Timeline;

        var outage = Stopwatch.StartNew();
        _stopped.Add(node);
        await ExecuteAsync(node, KnownResourceCommands.StopCommand, cancellationToken);
        await notifications.WaitForResourceAsync(node.Name, KnownResourceStates.TerminalStates, cancellationToken).WaitAsync(Limit, cancellationToken);
        ClusterView after = await AwaitAsync("a new leader", view => view.Leader is { } leader && leader.Name != node.Name, cancellationToken);
        bool lastOne = _stopped.Count == cluster.Nodes.Count - 1;
        if (lastOne && cluster.Options.Synchronous == SynchronousMode.Strict)
        {
            bool acknowledged = await client.IsAcknowledgedAsync(database, cancellationToken);
            step.Seen.Add($"{node.Name} stopped; {after.Leader!.Name} leads alone and acknowledges no write, as strict synchronous replication has it");
            if (acknowledged)
            {
                step.Violations.Add($"{after.Leader.Name} acknowledged a write alone, in spite of strict synchronous replication");
            }
        }
        else
        {
            await client.CreateDatabaseAsync(database, cancellationToken);
            step.Seen.Add(string.Create(
                CultureInfo.InvariantCulture, $"{node.Name} stopped; {after.Leader!.Name} leads; written {outage.Elapsed.TotalSeconds:F1} s after the stop was asked for"));
        }

        after = await AwaitAsync("the new leader's timeline", view => view.Leader is { } leader && leader.Name != node.Name && leader.Timeline > timeline, cancellationToken);
        step.Seen.Add(Table(after));
        await CheckAsync(client, [database], "the front door", step, cancellationToken);
    }

    /// <summary>
    /// Waits until every node that was not stopped streams from the leader, and the leader counts on those and no others for its commits: in PostgreSQL, which
    /// waits for them, and then in etcd, which says who may be promoted.
    /// </summary>
    private async Task<ClusterView> AwaitSettledAsync(DrillClient client, CancellationToken cancellationToken)
    {
        string[] running = [.. Names.Except(_stopped.Select(node => node.Name))];
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            string standbys = await client.SynchronousStandbysAsync(cancellationToken);
            ClusterView view = await AwaitAsync("the running members to stream", view => view.Lacks(running).Count == 0, cancellationToken);
            bool counted = cluster.Options.Synchronous == SynchronousMode.Off || running.Length == 1
                || running.Any(name => name != view.Leader!.Name && IsNamed(standbys, name) && view.Find(name)!.IsSynchronous);
            if (counted && !_stopped.Exists(node => IsNamed(standbys, node.Name) || view.Find(node.Name)?.IsSynchronous == true))
            {
                return view;
            }

            if (elapsed.Elapsed > Limit)
            {
                throw new ClusterException($"waited {Limit.TotalSeconds:F0} s for the leader to count on the running members alone: synchronous_standby_names is '{standbys}'");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static bool IsNamed(string standbys, string name) => standbys.Contains($"\"{name}\"", StringComparison.Ordinal);

    private async Task StartStoppedAsync(StepNotes step, CancellationToken cancellationToken)
    {
        foreach (PatroniNodeResource node in _stopped)
        {
            await ExecuteAsync(node, KnownResourceCommands.StartCommand, cancellationToken);
        }

        step.Seen.Add(Table(await AwaitAsync("all members to stream", view => view.Lacks(Names).Count == 0, cancellationToken)));
    }

    private async Task EveryNodeAsync(StepNotes step, CancellationToken cancellationToken)
    {
        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            await using NpgsqlDataSource source = DrillClient.Connect(await ValueAsync(node.ConnectionStringExpression, cancellationToken), $"drill-{node.Name}");
            var client = new DrillClient(source, Limit);

            // A replica streams, so it has everything within its lag; how long that may take is the step's limit.
            var elapsed = Stopwatch.StartNew();
            while (Databases.Except(await client.DatabasesAsync(cancellationToken)).Any() && elapsed.Elapsed < Limit)
            {
                await Task.Delay(Pause, cancellationToken);
            }

            await CheckAsync(client, Databases, node.Name, step, cancellationToken);
        }
    }

    private static async Task ReadOnlyAsync(DrillClient reader, StepNotes step, CancellationToken cancellationToken)
    {
        int replicas = 0;
        for (int connection = 0; connection < ReadOnlyConnections; connection++)
        {
            replicas += await reader.IsReplicaAsync(cancellationToken) ? 1 : 0;
        }

        step.Seen.Add($"{replicas} of {ReadOnlyConnections} connections reached a replica");
        if (replicas != ReadOnlyConnections)
        {
            step.Violations.Add($"{ReadOnlyConnections - replicas} connection(s) through the read-only port reached the leader");
        }

        string? refused = await reader.TryWriteAsync(cancellationToken);
        step.Seen.Add($"a write was answered with SQLSTATE {refused ?? "none: accepted"}");
        if (refused != PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            step.Violations.Add($"the read-only port should refuse a write with {PostgresErrorCodes.ReadOnlySqlTransaction}");
        }
    }

    private static async Task DropAsync(DrillClient client, StepNotes step, CancellationToken cancellationToken)
    {
        foreach (string database in Databases)
        {
            await client.DropDatabaseAsync(database, cancellationToken);
        }

        IEnumerable<string> left = Databases.Intersect(await client.DatabasesAsync(cancellationToken));
        step.Violations.AddRange(left.Select(database => $"database {database} could not be dropped"));
    }

    private static async Task CheckAsync(DrillClient client, IReadOnlyList<string> expected, string where, StepNotes step, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> found = await client.DatabasesAsync(cancellationToken);
        step.Seen.Add($"{where}: {string.Join(", ", found)}");
        step.Violations.AddRange(expected.Except(found).Select(missing => $"database {missing} is not on {where}: an acknowledged write is lost"));
    }

    private IEnumerable<string> Names => cluster.Nodes.Select(node => node.Name);

    private string Table(ClusterView view) => ClusterTable.Draw(cluster.Scope, view, Names);

    private async Task ExecuteAsync(PatroniNodeResource node, string command, CancellationToken cancellationToken)
    {
        ExecuteCommandResult result = await commands.ExecuteCommandAsync(node, command, cancellationToken);
        if (!result.Success)
        {
            throw new ClusterException($"{command} {node.Name} failed: {result.Message}");
        }
    }

    private async Task<ClusterView> AwaitAsync(string what, Func<ClusterView, bool> reached, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        ClusterView? view = null;
        while (elapsed.Elapsed < Limit)
        {
            view = await patroni.GetClusterAsync(cancellationToken);
            if (view is not null && reached(view))
            {
                return view;
            }

            await Task.Delay(Pause, cancellationToken);
        }

        string found = view is null ? "no member answers" : string.Join("; ", view.Lacks(Names));
        throw new ClusterException($"waited {Limit.TotalSeconds:F0} s for {what}: {found}");
    }

    private static async Task<string> ValueAsync(ReferenceExpression expression, CancellationToken cancellationToken) =>
        await expression.GetValueAsync(cancellationToken) ?? throw new ClusterException("the connection string is not known yet");

    private sealed class StepNotes
    {
        public List<string> Seen { get; } = [];

        public List<string> Violations { get; } = [];
    }
}

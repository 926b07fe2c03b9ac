using System.Diagnostics;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.State;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>What becomes of the connections that attempts do not wait for. The attempts' patience ends when a test says so.</summary>
[Trait("Category", "Engine")]
[Collection(nameof(PostgresContainer))]
public sealed class ConnectionOpenerTests(PostgresContainer postgres)
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_does_not_answer_is_not_asked_by_more_than_a_few_at_once_and_nobody_leaves()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        for (var round = 0; round < 3; round++)
        {
            await GiveUpAsync(opener, 20);
        }

        await AskedAsync(door, AtOnce);
    }

    [Fact]
    public async Task Connections_that_nobody_waited_for_are_used_once_they_are_made()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        await GiveUpAsync(opener, AtOnce);
        door.Open();
        for (var use = 0; use < 20; use++)
        {
            await UseAsync(await opener.OpenAsync(Token));
        }

        await AskedAsync(door, AtOnce);
    }

    [Fact]
    public async Task What_is_kept_or_given_back_is_used_while_others_are_being_made()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        door.Open();
        var borrowed = await opener.OpenAsync(Token);
        door.Hold();
        await GiveUpAsync(opener, AtOnce);
        var waiting = opener.OpenAsync(Token);

        await UseAsync(borrowed);

        await UseAsync(await waiting);
        await UseAsync(await opener.OpenAsync(Token));
        await AskedAsync(door, 1 + AtOnce);
    }

    [Fact]
    public async Task No_connection_from_before_a_clearing_is_used_after_it()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        door.Open();
        var borrowed = await opener.OpenAsync(Token);
        await UseAsync(await opener.OpenAsync(Token));

        opener.Clear();
        await UseAsync(borrowed);

        door.Hold();
        await GiveUpAsync(opener, 20);
        await AskedAsync(door, 2 + AtOnce);
    }

    [Fact]
    public async Task No_connection_from_before_one_broke_is_used_after_it()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        door.Open();
        var broken = await opener.OpenAsync(Token);
        await UseAsync(await opener.OpenAsync(Token));

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(broken, "SELECT 1 FROM pg_terminate_backend(pg_backend_pid())"));
        await broken.DisposeAsync();

        door.Hold();
        await GiveUpAsync(opener, 20);
        await AskedAsync(door, 2 + AtOnce);
    }

    [Fact]
    public async Task A_server_that_refuses_is_not_asked_again_before_a_pause()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        var refused = Begin(opener, AtOnce, Token);
        await UntilAsync(() => door.Accepted >= AtOnce);
        _time.Advance(0.9 * Patience);
        door.Refuse();
        foreach (var attempt in refused)
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => attempt);
        }

        var asked = door.Accepted;
        door.Hold();
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token))
        {
            var early = Begin(opener, AtOnce, leaving.Token);
            await leaving.CancelAsync();
            foreach (var attempt in early)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
            }
        }

        door.Open();
        var late = opener.OpenAsync(Token);
        _time.Advance(0.9 * Patience);
        await UseAsync(await late);
        Assert.Equal(asked + 1, door.Accepted);
    }

    [Fact]
    public async Task A_first_host_that_is_silent_keeps_no_attempt_from_the_connections_to_another()
    {
        await using var silent = new HeldDoor(postgres.Port);
        var hosts = Named(postgres.ConnectionString);
        hosts.ConnectionStringBuilder.Host = $"127.0.0.1:{silent.Port},127.0.0.1:{postgres.Port}";
        hosts.ConnectionStringBuilder.Timeout = 1;
        hosts.ConnectionStringBuilder.HostRecheckSeconds = 1;
        await using var all = hosts.BuildMultiHost();
        await using var opener = Opener(all.WithTargetSession(TargetSessionAttributes.Primary), atOnce: 1);
        await GiveUpAsync(opener, 1);

        // Longer than Npgsql takes what it knows of a host for true.
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3);)
        {
            await UseAsync(await opener.OpenAsync(Token));
        }

        Assert.Equal(1, silent.Accepted);
    }

    [Fact]
    public async Task Connections_being_made_end_with_the_opener()
    {
        await using var door = new HeldDoor(postgres.Port);
        var opener = Opener(door);
        await GiveUpAsync(opener, 1);
        await UntilAsync(() => door.Accepted == 1);
        await opener.DisposeAsync();
        await UntilAsync(() => door.Left == 1);
    }

    private static async Task UseAsync(BorrowedConnection borrowed)
    {
        await using (borrowed)
        {
            Assert.Equal(1, await AskAsync(borrowed, "SELECT 1"));
            borrowed.SetReusable();
        }
    }

    private static async Task<int> AskAsync(BorrowedConnection borrowed, string question) =>
        await borrowed.RunAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(question, connection);
                return (int)(await command.ExecuteScalarAsync())!;
            },
            TimeSpan.FromSeconds(1),
            Token);

    // How many connections were made, and that nobody left one before it was.
    private static async Task AskedAsync(HeldDoor door, int times)
    {
        await UntilAsync(() => door.Accepted >= times);
        Assert.Equal((times, 0), (door.Accepted, door.Left));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while (!holds())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static Task<BorrowedConnection>[] Begin(ConnectionOpener opener, int attempts, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(0, attempts).Select(_ => opener.OpenAsync(cancellationToken))];

    private async Task GiveUpAsync(ConnectionOpener opener, int attempts)
    {
        var all = Begin(opener, attempts, Token);
        _time.Advance(Patience);
        foreach (var attempt in all)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => attempt);
        }
    }

    // A data source without a name shows its connection string in its telemetry, which is the process's and so that of other tests.
    private static NpgsqlDataSourceBuilder Named(string connectionString) => new(connectionString) { Name = nameof(ConnectionOpenerTests) };

    private ConnectionOpener Opener(HeldDoor door)
    {
        var server = Named(postgres.ConnectionString);
        server.ConnectionStringBuilder.Port = door.Port;
        server.ConnectionStringBuilder.Timeout = 10;
        return Opener(server.Build(), AtOnce);
    }

    private ConnectionOpener Opener(NpgsqlDataSource source, int atOnce) => new(source, atOnce, Patience, new ProbeClock(_time));
}

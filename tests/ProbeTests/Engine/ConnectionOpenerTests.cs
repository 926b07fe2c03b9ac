using System.Diagnostics;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.State;
using Npgsql;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>What becomes of the connections that attempts do not wait for.</summary>
[Trait("Category", "Engine")]
[Collection(nameof(PostgresContainer))]
public sealed class ConnectionOpenerTests(PostgresContainer postgres)
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

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

        Assert.Equal((AtOnce, 0), (door.Accepted, door.Left));
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
            await using var connection = await OpenedAsync(opener);
            Assert.Equal(1, await connection.RunAsync(AskAsync, TimeSpan.FromSeconds(10), Token));
        }

        Assert.Equal((AtOnce, 0), (door.Accepted, door.Left));
    }

    [Fact]
    public async Task What_is_in_the_pool_or_given_back_to_it_is_used_while_others_are_being_made()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        door.Open();
        var borrowed = await OpenedAsync(opener);
        door.Hold();
        await GiveUpAsync(opener, AtOnce);
        var waiting = opener.OpenAsync(Token);

        await borrowed.DisposeAsync();

        await (await waiting).DisposeAsync();
        await (await opener.OpenAsync(Token)).DisposeAsync();
        Assert.Equal((1 + AtOnce, 0), (door.Accepted, door.Left));
    }

    [Fact]
    public async Task No_connection_from_before_a_clearing_is_used_after_it()
    {
        await using var door = new HeldDoor(postgres.Port);
        await using var opener = Opener(door);
        door.Open();
        var borrowed = await OpenedAsync(opener);
        await (await OpenedAsync(opener)).DisposeAsync();

        opener.Clear();
        await borrowed.DisposeAsync();
        door.Hold();

        await GiveUpAsync(opener, 20);
        Assert.Equal((2 + AtOnce, 0), (door.Accepted, door.Left));
    }

    [Fact]
    public async Task Connections_being_made_end_with_the_opener()
    {
        await using var door = new HeldDoor(postgres.Port);
        var opener = Opener(door);
        await GiveUpAsync(opener, 1);
        await opener.DisposeAsync();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while (door.Left < 1)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static async Task GiveUpAsync(ConnectionOpener opener, int attempts)
    {
        foreach (var attempt in Enumerable.Range(0, attempts).Select(_ => opener.OpenAsync(Token)).ToArray())
        {
            await Assert.ThrowsAsync<TimeoutException>(() => attempt);
        }
    }

    // A busy machine may take longer than an attempt waits.
    private static async Task<BorrowedConnection> OpenedAsync(ConnectionOpener opener)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await opener.OpenAsync(Token);
            }
            catch (TimeoutException) when (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
            {
            }
        }
    }

    private static async Task<int> AskAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private ConnectionOpener Opener(HeldDoor door)
    {
        var settings = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Port = door.Port, Timeout = 10 };
        return new ConnectionOpener(NpgsqlDataSource.Create(settings), AtOnce, Patience, new ProbeClock(TimeProvider.System));
    }
}

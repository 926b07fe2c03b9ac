using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;
using HaPgAspire.Probe.Verify;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>What becomes of attempts on a real server: which are acknowledged, which certainly failed, and which nobody knows.</summary>
[Trait("Category", "Engine")]
[Collection(nameof(PostgresContainer))]
public sealed class NpgsqlRouteTests(PostgresContainer postgres) : IAsyncLifetime
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMilliseconds(700);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hapg-route-");
    private readonly ProbeClock _clock = new(TimeProvider.System);
    private readonly AttemptSpans _spans = new(0, new ProbeClock(TimeProvider.System));
    private Ledger? _ledger;
    private NpgsqlRoute? _route;
    private NpgsqlWriteStore? _store;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await AsAppAsync(WriteTable.Create);
        _ledger = Ledger.Open(_directory.FullName, "c", _clock.Now, long.MaxValue);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:appdb"] = postgres.ConnectionString,
            ["POSTGRES_READONLY"] = postgres.ConnectionString,
            ["ConnectionStrings:postgres"] = postgres.ConnectionString,
            ["POSTGRES_MEMBERS"] = "one=http://127.0.0.1:1",
        }).Build();
        var options = ProbeOptions.From(configuration);
        var sources = new DataSources(ClusterAddresses.From(configuration, options), options);
        _route = new NpgsqlRoute(
            RouteKind.FrontDoor,
            sources.FrontDoorWrites(),
            sources.FrontDoorReads(),
            _ledger.Identity.Id,
            TimeSpan.FromSeconds(10),
            CommandTimeout,
            _spans,
            _clock);
        _store = new NpgsqlWriteStore(sources.FrontDoorChecks(), sources.NodeChecks(), _ledger.Identity.Id, _ => null);
    }

    public async ValueTask DisposeAsync()
    {
        await AsAppAsync("DROP TRIGGER IF EXISTS trouble ON hapg_probe_write");
        await _route!.DisposeAsync();
        await _store!.DisposeAsync();
        _ledger!.Dispose();
        _spans.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_commit_is_acknowledged_with_server_and_timeline_and_can_be_read()
    {
        var write = await WriteAsync();
        Assert.Equal((AttemptOutcome.Acknowledged, 1), (write.Outcome, write.Timeline));
        Assert.EndsWith(":5432", write.Server, StringComparison.Ordinal);
        var read = await _route!.ReadAsync(Token);
        Assert.Equal((AttemptOutcome.Acknowledged, 1L, false), (read.Outcome, read.Highest, read.Reconnected));
    }

    [Fact]
    public async Task A_read_only_server_is_a_failure_and_its_pooled_connections_go()
    {
        Assert.Equal(AttemptOutcome.Acknowledged, (await WriteAsync()).Outcome);
        await postgres.ExecuteAsync("postgres", "ALTER DATABASE appdb SET default_transaction_read_only = on");
        try
        {
            // The pooled session still takes writes; one that is not pooled does not.
            await TerminateAsync();
            WriteAttempt attempt;
            do
            {
                attempt = await WriteAsync();
            }
            while (attempt.Error == "57P01");
            Assert.Equal((AttemptOutcome.Failed, "25006", true), (attempt.Outcome, attempt.Error, attempt.Demoted));
        }
        finally
        {
            await postgres.ExecuteAsync("postgres", "ALTER DATABASE appdb RESET default_transaction_read_only");
        }

        // The session above would refuse for ever; this one is new.
        Assert.Equal(AttemptOutcome.Acknowledged, (await WriteAsync()).Outcome);
    }

    [Fact]
    public async Task A_connection_lost_before_commit_is_a_failure()
    {
        await TroubleAsync("BEFORE INSERT", "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);");
        var attempt = await WriteAsync();
        Assert.Equal((AttemptOutcome.Failed, "57P01"), (attempt.Outcome, attempt.Error));
    }

    [Fact]
    public async Task A_connection_lost_during_commit_is_unknown_and_settled_as_absent()
    {
        await TroubleAtCommitAsync("PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);");
        var attempt = await WriteAsync();
        Assert.Equal((AttemptOutcome.Unknown, "57P01"), (attempt.Outcome, attempt.Error));
        _ledger!.Unknown(RouteKind.FrontDoor, 1);
        await VerifyAsync();
        Assert.Equal((0, 0, 1), Settled());
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_is_unknown_until_it_has_ended_and_then_found()
    {
        await TroubleAtCommitAsync("PERFORM pg_sleep(3);");
        var attempt = await WriteAsync();
        Assert.Equal((AttemptOutcome.Unknown, "timeout"), (attempt.Outcome, attempt.Error));
        _ledger!.Unknown(RouteKind.FrontDoor, 1);

        // At this moment the row cannot be seen, and yet it is on its way.
        await using (var leader = await _store!.OpenLeaderAsync(Token))
        {
            Assert.Equal(0, (await leader.HeldAsync(RouteKind.FrontDoor, 1, 1, Token)).Ids.Count);
        }

        await VerifyAsync();
        Assert.Equal((0, 1, 0), Settled());
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_a_failure_that_is_not_committed_later()
    {
        await TroubleAsync("BEFORE INSERT", "PERFORM pg_sleep(2); RETURN NEW;");
        var attempt = await WriteAsync();
        Assert.Equal((AttemptOutcome.Failed, "timeout"), (attempt.Outcome, attempt.Error));
        _ledger!.Unknown(RouteKind.FrontDoor, 1);
        await VerifyAsync();
        Assert.Equal((0, 0, 1), Settled());
    }

    [Fact]
    public async Task Lost_and_duplicated_writes_are_found_in_the_rows()
    {
        for (var n = 0; n < 50; n++)
        {
            var id = await _ledger!.IssueAsync(RouteKind.FrontDoor, Token);
            Assert.Equal(AttemptOutcome.Acknowledged, (await _route!.WriteAsync(id, Token)).Outcome);
            _ledger.Acknowledge(RouteKind.FrontDoor, id, _clock.Now);
        }

        var ledger = $"ledger = '{_ledger!.Identity.Id}'";
        await AsAppAsync($"DELETE FROM hapg_probe_write WHERE {ledger} AND id IN (7, 20, 21, 22)");
        await AsAppAsync($"INSERT INTO hapg_probe_write SELECT * FROM hapg_probe_write WHERE {ledger} AND id IN (3, 40)");
        var verification = await VerifyAsync();
        var route = Assert.Single(verification.Routes);
        Assert.Equal((50L, 4L, 2L, 0L), (route.Compared, route.Lost, route.Duplicated, route.Unexpected));
        Assert.Equal(["7", "20-22"], route.LostIds);
        Assert.Equal(("one", true, 4L), (verification.Members[0].Node, verification.Members[0].Leader, verification.Members[0].Missing));

        await using var leader = await _store!.OpenLeaderAsync(Token);
        await leader.DeleteBelowAsync(RouteKind.FrontDoor, 30, Token);
        Assert.Equal(30, (await leader.HeldAsync(RouteKind.FrontDoor, 1, 50, Token)).Ids.Ranges[0].First);
    }

    private Task<WriteAttempt> WriteAsync() => _route!.WriteAsync(1, Token);

    private async Task<Verification> VerifyAsync()
    {
        var verifier = new Verifier(
            _store!, _ledger!, _clock, [RouteKind.FrontDoor], TimeSpan.FromSeconds(30), TimeSpan.FromHours(1));
        await _ledger!.IssueAsync(RouteKind.FrontDoor, Token);
        var verification = await verifier.VerifyAsync(Token);
        Assert.True(verification.Complete, verification.Problem);
        return verification;
    }

    private (int Unknown, int Found, int Absent) Settled()
    {
        var totals = _ledger!.Totals(RouteKind.FrontDoor);
        return ((int)totals.Unknown, (int)totals.UnknownFound, (int)totals.UnknownAbsent);
    }

    private async Task AsAppAsync(string statement)
    {
        await using var source = new NpgsqlDataSourceBuilder($"{postgres.ConnectionString};Pooling=false") { Name = "probe test" }.Build();
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(Token);
    }

    private Task TerminateAsync() => postgres.ExecuteAsync(
        "appdb", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");

    private async Task TroubleAsync(string when, string body)
    {
        await AsAppAsync($"CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$");
        await AsAppAsync($"CREATE TRIGGER trouble {when} ON hapg_probe_write FOR EACH ROW EXECUTE FUNCTION trouble()");
    }

    private async Task TroubleAtCommitAsync(string body)
    {
        await AsAppAsync($"CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$");
        await AsAppAsync(
            "CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON hapg_probe_write DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trouble()");
    }
}

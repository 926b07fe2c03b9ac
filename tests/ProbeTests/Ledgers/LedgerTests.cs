using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.ProbeTests.Ledgers;

/// <summary>What the ledger was told survives the end of its process, wherever in a record that comes.</summary>
public sealed class LedgerTests : IDisposable
{
    private const long Never = long.MaxValue;

    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hapg-ledger-");

    private string File => Path.Combine(_directory.FullName, "c.ledger");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_noted_is_there_after_opening_again()
    {
        using (var ledger = Open())
        {
            await FillAsync(ledger, 100);
            ledger.Lost(RouteKind.FrontDoor, [new IdRange(1, 2)]);
            ledger.Duplicated(RouteKind.FrontDoor, [new IdRange(4, 4)]);
            ledger.Unexpected(RouteKind.FrontDoor, [new IdRange(10, 10)]);
            ledger.Count(RouteKind.FrontDoor, LedgerCounter.StaleLeader, 3);
            ledger.CountLater(RouteKind.FrontDoor, LedgerCounter.Reads, 5);
            ledger.Alive(Start.AddSeconds(9));
            ledger.Suspect(RouteKind.FrontDoor, LoadKind.Read, Start.AddSeconds(8));
            ledger.Record(AnOutage(1, null));
        }

        using var again = Open();
        AssertFilled(again);
        Assert.Equal(Start.AddSeconds(8), again.View(RouteKind.FrontDoor).ReadSuspectedAt);
        Assert.Equal(Start.AddSeconds(9), again.AliveBefore);
        Assert.Null(Assert.Single(again.Outages).End);
    }

    [Fact]
    public async Task Compaction_changes_nothing_but_the_size()
    {
        using (var ledger = Open())
        {
            await FillAsync(ledger, 100);
            ledger.Lost(RouteKind.FrontDoor, [new IdRange(1, 2)]);
            ledger.Duplicated(RouteKind.FrontDoor, [new IdRange(4, 4)]);
            ledger.Unexpected(RouteKind.FrontDoor, [new IdRange(10, 10)]);
            ledger.Count(RouteKind.FrontDoor, LedgerCounter.StaleLeader, 3);
            ledger.Count(RouteKind.FrontDoor, LedgerCounter.Reads, 5);
            var before = ledger.Length;
            await ledger.CompactAsync();
            Assert.InRange(ledger.Length, 1, before / 4);
            Assert.Equal(ledger.Length, new FileInfo(File).Length);
            AssertFilled(ledger);
        }

        using var again = Open();
        AssertFilled(again);
    }

    [Fact]
    public async Task Compacted_it_takes_at_most_16_bytes_per_acknowledged_write_even_if_every_other_write_fails()
    {
        const int Writes = 3000;
        using var ledger = Open();
        var acknowledged = 0;
        for (var n = 0; n < Writes; n++)
        {
            var id = await ledger.IssueAsync(RouteKind.FrontDoor, Token);
            if (n % 2 == 0)
            {
                ledger.Acknowledge(RouteKind.FrontDoor, id, Start);
                acknowledged++;
            }
            else
            {
                ledger.Fail(RouteKind.FrontDoor, id);
            }
        }

        await ledger.CompactAsync();
        Assert.Equal(acknowledged, ledger.Totals(RouteKind.FrontDoor).Acknowledged);
        Assert.InRange(new FileInfo(File).Length, 1, 16 * acknowledged);
    }

    [Fact]
    public void The_ledger_used_last_is_that_of_the_same_place_and_nobody_s_at_the_moment()
    {
        string? LastUsed(string place) => Ledger.LastUsed(_directory.FullName, place);
        Assert.Null(LastUsed("here"));
        Ledger.Open(_directory.FullName, "one", Start, Never, "here").Dispose();
        Ledger.Open(_directory.FullName, "two", Start, Never, "there").Dispose();
        Assert.Equal(("one", "two", null), (LastUsed("here"), LastUsed("there"), LastUsed("elsewhere")));
        using (Ledger.Open(_directory.FullName, "one", Start, Never, "here"))
        {
            Assert.Null(LastUsed("here"));
        }

        Assert.Equal("one", LastUsed("here"));
    }

    [Fact]
    public async Task It_compacts_itself_when_it_has_grown()
    {
        using var ledger = Ledger.Open(_directory.FullName, "c", Start, compactAt: 4096);
        for (var n = 0; n < 1000; n++)
        {
            ledger.Acknowledge(RouteKind.FrontDoor, await ledger.IssueAsync(RouteKind.FrontDoor, Token), Start);
        }

        var grown = ledger.Length;
        ledger.Alive(Start);
        await ledger.CompactAsync();
        Assert.InRange(ledger.Length, 1, grown / 10);
    }

    [Fact]
    public async Task A_file_cut_anywhere_opens_with_what_was_whole_before_the_cut()
    {
        using (var ledger = Open())
        {
            for (var n = 0; n < 20; n++)
            {
                ledger.Acknowledge(RouteKind.FrontDoor, await ledger.IssueAsync(RouteKind.FrontDoor, Token), Start);
            }
        }

        var whole = await System.IO.File.ReadAllBytesAsync(File, Token);
        var before = 20L;
        for (var length = whole.Length - 1; length > 200; length--)
        {
            await System.IO.File.WriteAllBytesAsync(File, whole[..length], Token);
            using var cut = Open();
            var now = cut.Totals(RouteKind.FrontDoor).Acknowledged;
            Assert.InRange(now, before - 1, before);
            before = now;
        }

        Assert.InRange(before, 0, 19);
    }

    [Fact]
    public async Task A_changed_byte_ends_what_is_read()
    {
        using (var ledger = Open())
        {
            await FillAsync(ledger, 50);
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(File, Token);
        bytes[bytes.Length / 2] ^= 1;
        await System.IO.File.WriteAllBytesAsync(File, bytes, Token);
        using var again = Open();
        Assert.InRange(again.Totals(RouteKind.FrontDoor).Acknowledged, 1, 40);
    }

    [Fact]
    public async Task Writes_without_an_outcome_are_unknown_after_opening_again_and_their_ids_are_not_used_twice()
    {
        long last;
        using (var ledger = Open())
        {
            await ledger.IssueAsync(RouteKind.Direct, Token);
            last = await ledger.IssueAsync(RouteKind.Direct, Token);
        }

        using var again = Open();
        Assert.Equal(2, again.Totals(RouteKind.Direct).Unknown);
        Assert.True(await again.IssueAsync(RouteKind.Direct, Token) > last);
    }

    [Fact]
    public async Task Ids_go_on_beyond_the_reserved_block_in_order()
    {
        using var ledger = Open();
        for (var expected = 1L; expected <= 3L * Ledger.ReservedBlock; expected++)
        {
            Assert.Equal(expected, await ledger.IssueAsync(RouteKind.FrontDoor, Token));
        }
    }

    [Fact]
    public async Task Pruned_ids_are_counted_on()
    {
        using (var ledger = Open())
        {
            await FillAsync(ledger, 100);
            ledger.Prune(RouteKind.FrontDoor, 51);
        }

        using var again = Open();
        Assert.Equal(90, again.Totals(RouteKind.FrontDoor).Acknowledged);
        Assert.Equal(10, again.Totals(RouteKind.FrontDoor).Failed);
        Assert.Equal(51, again.View(RouteKind.FrontDoor).Acknowledged.Ranges[0].First);
    }

    [Fact]
    public void A_second_probe_is_refused_in_a_sentence()
    {
        using var first = Open();
        var refused = Assert.Throws<LedgerException>(Open);
        Assert.Contains("in use by another probe", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_ledger_is_refused_and_left_alone()
    {
        System.IO.File.WriteAllText(File, "something else");
        Assert.Throws<LedgerException>(Open);
        Assert.Equal("something else", System.IO.File.ReadAllText(File));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static Outage AnOutage(long id, DateTimeOffset? end) => new(
        id, RouteKind.FrontDoor, LoadKind.Write, Start, end, OutageCause.Failover, [], 3, 1, "57P01", "a", null, 1, null, null, TimeSpan.Zero, null);

    // Every tenth write fails.
    private static async Task FillAsync(Ledger ledger, int writes)
    {
        for (var n = 1; n <= writes; n++)
        {
            var id = await ledger.IssueAsync(RouteKind.FrontDoor, Token);
            if (n % 10 == 0)
            {
                ledger.Fail(RouteKind.FrontDoor, id);
            }
            else
            {
                ledger.Acknowledge(RouteKind.FrontDoor, id, Start.AddMilliseconds(n));
            }
        }
    }

    private static void AssertFilled(Ledger ledger)
    {
        var totals = ledger.Totals(RouteKind.FrontDoor);
        Assert.Equal(
            new WriteCounters(90, 10, 0, 0, 0, 2, 1, 1, 3, 0, 5, 0, 0, 0, 0),
            totals);
        Assert.Equal(WriteCounters.Zero, ledger.Totals(RouteKind.Direct));
        Assert.Equal(Start.AddMilliseconds(99), ledger.LastWrite(RouteKind.FrontDoor));
        Assert.False(ledger.View(RouteKind.FrontDoor).Acknowledged.Contains(20));
        Assert.True(ledger.View(RouteKind.FrontDoor).Acknowledged.Contains(21));
    }

    private Ledger Open() => Ledger.Open(_directory.FullName, "c", Start, Never);
}

using System.Text;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.UnitTests.LocalDocker;

public sealed class OutputTests
{
    [Fact]
    public void Log_lines_are_put_together_across_reads()
    {
        var splitter = new LogLineSplitter(isError: false, timestamps: true);
        var bytes = Encoding.UTF8.GetBytes("2026-01-02T03:04:05.123456789Z grüße\r\n2026-01-02T03:04:06Z \nno stamp");
        var split = Array.IndexOf(bytes, (byte)0xC3) + 1;

        var lines = splitter.Add(bytes.AsSpan(0, split)).Concat(splitter.Add(bytes.AsSpan(split))).Concat(splitter.End()).ToList();

        Assert.Equal(["grüße", "", "no stamp"], lines.Select(line => line.Text));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero), lines[1].Timestamp);
        Assert.Null(lines[2].Timestamp);
    }

    [Fact]
    public void A_line_without_end_does_not_grow_without_bound()
    {
        var splitter = new LogLineSplitter(isError: true, timestamps: false);

        var lines = splitter.Add(Encoding.ASCII.GetBytes(new string('x', 200_000)));

        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.Equal((64 * 1024, true), (line.Text.Length, line.IsError)));
    }

    [Fact]
    public void A_build_reports_whole_lines_and_keeps_the_last_ones()
    {
        var reported = new List<string>();
        var output = new BuildOutput(reported.Add);
        output.Add("Step 1/2 : FROM", null);
        output.Add(" debian\n\e[91mwarning\e[0m\r\n\n", null);
        output.ThrowIfFailed("demo");
        for (var i = 0; i < 20; i++)
        {
            output.Add($"line {i}\n", null);
        }

        output.Add(null, "The command returned a non-zero code: 1");
        output.Add(null, "later");
        var failed = Assert.Throws<ImageBuildException>(() => output.ThrowIfFailed("demo"));

        Assert.Equal(["Step 1/2 : FROM debian", "warning", "line 0"], reported.Take(3));
        Assert.Equal(Enumerable.Range(5, 15).Select(i => $"line {i}"), failed.LastLines);
        Assert.StartsWith("Building image 'demo' failed: The command returned a non-zero code: 1. Its last lines:", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_several_wait_for_runs_once_and_outlives_the_first_of_them()
    {
        var token = TestContext.Current.CancellationToken;
        var runs = 0;
        var release = new TaskCompletionSource();
        var bothListen = new TaskCompletionSource();
        var work = new SharedImageWork(async report =>
        {
            Interlocked.Increment(ref runs);
            await bothListen.Task;
            report("step");
            await release.Task;
        });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(token);
        var heard = new TaskCompletionSource<string>();
        var alsoHeard = new TaskCompletionSource<string>();

        var first = work.JoinAsync(heard.SetResult, leaving.Token);
        var second = work.JoinAsync(alsoHeard.SetResult, token);
        bothListen.SetResult();
        Assert.Equal("step", await heard.Task);
        Assert.Equal("step", await alsoHeard.Task);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(work.IsCompleted);
        release.SetResult();
        await second;

        Assert.Equal(1, runs);
        Assert.True(work.IsCompleted);
    }
}

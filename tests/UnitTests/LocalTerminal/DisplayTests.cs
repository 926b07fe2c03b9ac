using HaPgAspire.LocalHosting.Terminal;
using Microsoft.Extensions.Time.Testing;

namespace HaPgAspire.UnitTests.LocalTerminal;

public sealed class DisplayTests
{
    private static readonly ConnectionRow Connection = new("appdb", "Host=127.0.0.1;Port=5000;Password=********", "The password: resource appdb connection-string");

    private static readonly TerminalStyle Style = new(Ansi: true, Unicode: true, Width: 100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ResourceRow Row(string name, string state, string? health = null, string? role = null, string? lag = null, string? parent = null) => new()
    {
        Name = name,
        Type = "Container",
        Parent = parent,
        State = state,
        Health = health,
        Properties =
        [
            new ResourceRowProperty("container.id", "abc"),
            .. role is null ? Array.Empty<ResourceRowProperty>() : [new ResourceRowProperty("patroni.role", role)],
            .. lag is null ? Array.Empty<ResourceRowProperty>() : [new ResourceRowProperty("patroni.lag", lag)],
        ],
    };

    [Fact]
    public async Task The_live_table_is_redrawn_in_place()
    {
        var screen = new Screen(100, 40);
        var time = new FakeTimeProvider();
        await using (var display = new LiveDisplay(screen, Style, () => (screen.Width, screen.Height), time))
        {
            display.Notice("Hosting engine: local");
            display.Update(Row("etcd", "Starting"));
            display.Progress("data-node1", "Step 1/9 : FROM debian \e[2J");
            await AdvanceUntilAsync(time, screen, "Step 1/9");
            display.Update(Row("etcd", "Running", "Healthy"));
            display.Update(Row("data-node1", "Running", "Healthy", "leader", "0"));
            display.Notice("warning: something");
            await AdvanceUntilAsync(time, screen, "leader");
            display.Ready([Connection], TimeSpan.FromSeconds(5.26));
            await AdvanceUntilAsync(time, screen, "Ready after");
        }

        Assert.Equal(
            """
            Hosting engine: local
            warning: something
            ╭────────────┬─────────┬─────────┬────────────────┬───────────╮
            │ Resource   │ State   │ Health  │ Details        │ Endpoints │
            ├────────────┼─────────┼─────────┼────────────────┼───────────┤
            │ etcd       │ Running │ Healthy │                │           │
            │ data-node1 │ Running │ Healthy │ leader · lag 0 │           │
            ╰────────────┴─────────┴─────────┴────────────────┴───────────╯
            """.Split('\n'),
            screen.Lines.Take(8));
        Assert.StartsWith("╭─Connection strings─", screen.Lines[8], StringComparison.Ordinal);
        Assert.Contains("appdb  Host=127.0.0.1;Port=5000;Password=********", screen.Lines[9], StringComparison.Ordinal);
        Assert.Equal("Ready after 5.3 s. Ctrl-C stops everything.", screen.Lines[12]);
        Assert.Equal("", Assert.Single(screen.Lines.Skip(13)));
    }

    [Fact]
    public async Task Many_changes_are_drawn_at_most_four_times_a_second_and_none_not_at_all()
    {
        var screen = new Screen(100, 40);
        var time = new FakeTimeProvider();
        await using var display = new LiveDisplay(screen, Style, () => (screen.Width, screen.Height), time);
        display.Update(Row("node", "Running", lag: "0"));
        await screen.WaitForAsync("lag 0", Token);
        for (var lag = 1; lag <= 1000; lag++)
        {
            display.Update(Row("node", "Running", lag: $"{lag}"));
        }

        Assert.Equal(1, screen.Draws);
        await AdvanceUntilAsync(time, screen, "lag 1000");
        Assert.Equal(2, screen.Draws);

        // What doesn't show is no reason to draw.
        display.Update(Row("node", "Running", lag: "1000") with { StartedAt = time.GetUtcNow() });
        display.Update(Row("node", "Running", lag: "1001"));
        await AdvanceUntilAsync(time, screen, "lag 1001");
        Assert.Equal(3, screen.Draws);
    }

    [Fact]
    public async Task Another_width_begins_on_an_empty_screen()
    {
        var screen = new Screen(100, 20);
        var time = new FakeTimeProvider();
        await using (var display = new LiveDisplay(screen, Style, () => (screen.Width, screen.Height), time))
        {
            display.Update(Row("a-long-name", "Running", "Healthy", "leader", "0"));
            await screen.WaitForAsync("lag 0", Token);
            screen.Width = 60;
            display.Update(Row("a-long-name", "Running", "Healthy", "replica", "0"));
            await AdvanceUntilAsync(time, screen, "replica");
        }

        Assert.All(screen.Lines, line => Assert.True(line.Length < 60, line));
        Assert.Equal(1, screen.Lines.Count(line => line.Contains("a-long-name", StringComparison.Ordinal)));
        Assert.Equal(1, screen.Lines.Count(line => line.Contains("Starting...", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_window_that_is_too_low_shows_what_fits()
    {
        var screen = new Screen(100, 10);
        await using (var display = new LiveDisplay(screen, Style, () => (screen.Width, screen.Height), new FakeTimeProvider()))
        {
            for (var i = 0; i < 20; i++)
            {
                display.Update(Row($"node{i}", "Running"));
            }
        }

        Assert.True(screen.Lines.Count <= 10, $"{screen.Lines.Count} lines");
        Assert.Contains("17 more lines: enlarge the window", screen.Lines);
    }

    [Fact]
    public void Plain_lines_are_written_for_changes_of_state_only()
    {
        var output = new StringWriter { NewLine = "\n" };
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        time.SetLocalTimeZone(TimeZoneInfo.Utc);
        var display = new PlainDisplay(output, Style with { Ansi = false, Unicode = false }, time);

        display.Notice("Hosting engine: local");
        display.Update(Row("postgres", "Running"));
        display.Update(Row("data-node1", "Starting", parent: "postgres"));
        display.Progress("data-node1", "Step 1/9");
        display.Progress("data-node1", "Step 2/9");
        time.Advance(TimeSpan.FromSeconds(3));
        display.Progress("data-node1", "Step 3/9");
        display.Update(Row("data-node1", "Running", "Unhealthy", parent: "postgres"));
        display.Update(Row("data-node1", "Running", "Healthy", "replica", "100", "postgres"));
        display.Update(Row("data-node1", "Running", "Healthy", "replica", "0", "postgres"));
        display.Update(Row("data-node1", "Running", "Healthy", "leader", "0", "postgres"));
        display.Update(Row("hidden", "Running") with { IsHidden = true });
        display.Ready([Connection], TimeSpan.FromSeconds(5));
        display.Update(Row("data-node1", "Exited") with { ExitCode = 137 });
        display.Stopping();

        Assert.Equal(
            """
            Hosting engine: local
            03:04:05 postgres       Running
            03:04:05 data-node1     Starting
            03:04:05 data-node1     Step 1/9
            03:04:08 data-node1     Step 3/9
            03:04:08 data-node1     Running (Unhealthy)
            03:04:08 data-node1     Running (Healthy)  replica, lag 100
            03:04:08 data-node1     Running (Healthy)  leader, lag 0

            +--------------------------------------------------------------+
            | Resource     | State   | Health  | Details       | Endpoints |
            |--------------+---------+---------+---------------+-----------|
            | postgres     | Running | -       |               |           |
            |   data-node1 | Running | Healthy | leader, lag 0 |           |
            +--------------------------------------------------------------+
            appdb: Host=127.0.0.1;Port=5000;Password=********
            The password: resource appdb connection-string
            Ready after 5.0 s. Ctrl-C stops everything.
            03:04:08 data-node1     Exited (137)
            Stopping...

            """,
            output.ToString());
    }

    [Theory]
    [InlineData(true, null, null, null)]
    [InlineData(true, "xterm-256color", "", "")]
    [InlineData(false, "dumb", null, null)]
    [InlineData(false, "xterm", "1", null)]
    [InlineData(false, "xterm", null, "true")]
    public void The_environment_can_ask_for_plain_lines(bool interactive, string? term, string? noColor, string? ci) =>
        Assert.Equal(interactive, TerminalStyle.IsInteractive(name => name switch { "TERM" => term, "NO_COLOR" => noColor, "CI" => ci, _ => null }));

    [Theory]
    [InlineData("Host=h;Username=app;Password=p w;Database=d", "Host=h;Username=app;Password=********;Database=d")]
    [InlineData("Host=h;password='a;b''c';Port=1", "Host=h;password=********;Port=1")]
    [InlineData("Pwd=\"a;b\";Host=h", "Pwd=********;Host=h")]
    [InlineData("postgresql://app:s%40cret@h:5000/d?a=b", "postgresql://app:********@h:5000/d?a=b")]
    [InlineData("http://127.0.0.1:8008", "http://127.0.0.1:8008")]
    public void Passwords_are_masked(string text, string masked) => Assert.Equal(masked, TerminalText.MaskPassword(text));

    [Theory]
    [InlineData("\e[31mred\e[0m \e]0;title\a\u009b2J tab\tend", "red  2J tab end")]
    [InlineData("grüße · ✓", "grüße · ✓")]
    public void Text_from_elsewhere_cannot_steer_the_terminal(string text, string plain) => Assert.Equal(plain, TerminalText.Plain(text));

    [Fact]
    public void What_an_integration_writes_is_not_markup() =>
        Assert.Contains("[red]x[/]", Style.Render(ResourceTable.Create([Row("[red]x[/]", "[bold]", "[/]", "[")], Style)), StringComparison.Ordinal);

    [Theory]
    [InlineData("candidate", "candidate")]
    [InlineData("timeoutMilliseconds", "timeout-milliseconds")]
    [InlineData("LogLevel", "log-level")]
    [InlineData("HTTPPort", "http-port")]
    [InlineData("max_lag", "max-lag")]
    public void Arguments_have_kebab_case_names(string name, string kebab) => Assert.Equal(kebab, CommandArguments.KebabCase(name));

    private static async Task AdvanceUntilAsync(FakeTimeProvider time, Screen screen, string text)
    {
        var seen = screen.WaitForAsync(text, Token);
        while (!seen.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.WhenAny(seen, Task.Delay(5, Token));
        }

        await seen;
    }
}

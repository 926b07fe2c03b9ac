using System.Xml.Linq;
using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting.Faults;

public sealed class FaultReportTests
{
    [Fact]
    public void The_table_has_a_line_for_each_case_and_profile_with_the_median_of_its_runs()
    {
        string[] lines = Report().ToString().Split(Environment.NewLine);
        Assert.Equal("case           profile  runs  outage    from – to      goal   whole  lost  result", lines[0]);
        Assert.Equal("leader-killed  Fast        3  1.10 s  1.00 – 12.5  ≤ 1.20 s  8.00 s     0  passed", lines[1]);
        Assert.Equal("leader-killed  Seed        1  28.0 s                         8.00 s     2  FAILED 1 of 1", lines[2]);
        Assert.Equal("latency        Fast        1       –                              –     0  not possible here", lines[3]);
        Assert.Contains("  violation: 2 <writes> | lost", lines);
        Assert.Contains("  not possible: no netem", lines);
        Assert.Equal("3 run(s) passed, 1 failed, 1 not possible on this machine; 2 acknowledged write(s) lost of 4000.", lines[^1]);
    }

    [Fact]
    public void One_violation_fails_the_report_and_an_empty_one_passes_nothing()
    {
        Assert.False(Report().Passed);
        Assert.False(new FaultReport([]).Passed);
        Assert.True(new FaultReport([.. Report().Outcomes.Where(outcome => outcome.Verdict != FaultVerdict.Failed)]).Passed);
    }

    [Fact]
    public void Markdown_holds_proofs_steps_and_violations_and_no_foreign_markup()
    {
        string markdown = FaultMarkdown.Write(Report());
        Assert.Contains("| leader-killed | the leader is killed | Fast | 3 | 1.10 s | 1.00 – 12.5 | ≤ 1.20 s | 8.00 s | 0 | passed |", markdown, StringComparison.Ordinal);
        Assert.Contains(@"- **Violation**: 2 \<writes\> \| lost", markdown, StringComparison.Ordinal);
        Assert.Contains("- Proven: its process is gone", markdown, StringComparison.Ordinal);
        Assert.Contains("- Outage of 1.10 s, Failover, first error 57P01: +0.50 s Promoted (data-node2)", markdown, StringComparison.Ordinal);
        Assert.Contains("at 100 writes/s", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plot_is_an_image_with_a_bar_for_each_line_and_a_dot_for_each_run()
    {
        XElement plot = XElement.Parse(FaultPlot.Draw(Report()));
        XNamespace svg = "http://www.w3.org/2000/svg";
        Assert.Equal(svg + "svg", plot.Name);
        Assert.Equal(4, plot.Elements(svg + "circle").Count());
        Assert.Contains(plot.Elements(svg + "text"), text => text.Value == "leader-killed · Seed");
        Assert.Contains(plot.Elements(svg + "text"), text => text.Value == "28.0 s, FAILED 1 of 1");

        // The goal's mark and nothing else is green, and stands only beside the profile it is for.
        Assert.Single(plot.Elements(svg + "path"), path => (string?)path.Attribute("stroke") == "#1d8a4e");
    }

    [Fact]
    public void A_report_is_read_again_as_it_was_written()
    {
        FaultReport report = Report();
        Assert.Equal(report.ToString(), FaultReport.Read(report.ToJson()).ToString());
        Assert.Equal(FaultMarkdown.Write(report), FaultMarkdown.Write(FaultReport.Read(report.ToJson())));
    }

    [Fact]
    public async Task The_files_are_written()
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        try
        {
            await Report().WriteAsync(folder, TestContext.Current.CancellationToken);
            Assert.Equal(["report.json", "report.md", "report.svg"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static FaultReport Report() => new(
    [
        Killed(1, 12.5), Killed(2, 1.0), Killed(3, 1.1),
        Killed(1, 28) with { Profile = ClusterProfile.Seed, Verdict = FaultVerdict.Failed, Lost = 2, Violations = ["2 <writes> | lost"] },
        Killed(1, 0) with { Case = "latency", Verdict = FaultVerdict.NotPossible, WriteRate = 0, Acknowledged = 0, GoalSeconds = null, WholeAfterSeconds = null, Outages = [], Violations = ["no netem"] },
    ]);

    private static FaultOutcome Killed(int run, double outage) => new()
    {
        Case = "leader-killed",
        Family = FaultFamily.Process,
        Title = "the leader is killed",
        Profile = ClusterProfile.Fast,
        Run = run,
        Verdict = FaultVerdict.Passed,
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        WriteRate = 100,
        GoalSeconds = 1.2,
        Outages = [new FaultOutage(0.3, "Stall", [], null), new FaultOutage(outage, "Failover", [new FaultStep("Promoted", 0.5, "data-node2")], "57P01")],
        WholeAfterSeconds = 8,
        Acknowledged = 1000,
        Proofs = ["its process is gone"],
    };
}

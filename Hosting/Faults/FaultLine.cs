namespace HaPgAspire.Hosting;

/// <summary>The runs of one case with one profile, put together.</summary>
internal sealed class FaultLine(IReadOnlyList<FaultOutcome> outcomes)
{
    public string Case => outcomes[0].Case;

    public string Title => outcomes[0].Title;

    public FaultFamily Family => outcomes[0].Family;

    public ClusterProfile Profile => outcomes[0].Profile;

    public int Runs => outcomes.Count;

    public double? GoalSeconds => Profile == ClusterProfile.Fast ? outcomes[0].GoalSeconds : null;

    /// <summary>The write outages of the runs, shortest first.</summary>
    public IReadOnlyList<double> OutageSeconds => [.. outcomes.Select(outcome => outcome.OutageSeconds).OfType<double>().Order()];

    public double? MedianOutage => Median(OutageSeconds);

    public double? LeastOutage => OutageSeconds.Count == 0 ? null : OutageSeconds[0];

    public double? MostOutage => OutageSeconds.Count == 0 ? null : OutageSeconds[^1];

    public double? MedianWhole => Median([.. outcomes.Select(outcome => outcome.WholeAfterSeconds).OfType<double>().Order()]);

    public long Lost => outcomes.Sum(outcome => outcome.Lost);

    public bool Failed => outcomes.Any(outcome => outcome.Verdict == FaultVerdict.Failed);

    public string Result => Failed
        ? $"FAILED {outcomes.Count(outcome => outcome.Verdict == FaultVerdict.Failed)} of {outcomes.Count}"
        : outcomes.All(outcome => outcome.Verdict == FaultVerdict.NotPossible) ? "not possible here" : "passed";

    private static double? Median(IReadOnlyList<double> sorted) => sorted.Count switch
    {
        0 => null,
        _ when sorted.Count % 2 == 1 => sorted[sorted.Count / 2],
        _ => (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2,
    };
}

using System.Text.Json.Serialization;

namespace HaPgAspire.Hosting;

/// <summary>One run of a case, judged.</summary>
internal sealed record FaultOutcome
{
    public required string Case { get; init; }

    public required FaultFamily Family { get; init; }

    public required string Title { get; init; }

    public required ClusterProfile Profile { get; init; }

    /// <summary>The number of the run, from 1.</summary>
    public required int Run { get; init; }

    public required FaultVerdict Verdict { get; init; }

    /// <summary>When the case began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The probe's writes per second; 0 when the case did not get so far as to be measured.</summary>
    public double WriteRate { get; init; }

    public double? GoalSeconds { get; init; }

    /// <summary>The probe's write outages through the front door, in order.</summary>
    public IReadOnlyList<FaultOutage> Outages { get; init; } = [];

    /// <summary>From the end of the fault until one member led and all others streamed from it.</summary>
    public double? WholeAfterSeconds { get; init; }

    public long Acknowledged { get; init; }

    public long Lost { get; init; }

    public long Duplicated { get; init; }

    /// <summary>Writes whose outcome is not settled.</summary>
    public long Unknown { get; init; }

    public long StaleLeader { get; init; }

    public IReadOnlyList<string> Proofs { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What was not as it has to be, or why the fault is not possible here.</summary>
    public IReadOnlyList<string> Violations { get; init; } = [];

    /// <summary>The longest write outage in seconds; 0 when there was none, <see langword="null"/> when nothing was measured.</summary>
    [JsonIgnore]
    public double? OutageSeconds => WriteRate == 0 ? null : Outages.Select(outage => outage.Seconds).DefaultIfEmpty(0).Max();
}

/// <summary>A write outage that the probe saw.</summary>
/// <param name="Seconds">From the last acknowledgement before to the first one after.</param>
/// <param name="Cause">The probe's explanation.</param>
/// <param name="Steps">What happened in it: the step, seconds after its beginning, the node.</param>
/// <param name="FirstError">The first error that the probe met.</param>
internal sealed record FaultOutage(double Seconds, string Cause, IReadOnlyList<FaultStep> Steps, string? FirstError)
{
    /// <summary>Takes over what the probe says; one that is still open lasts until now.</summary>
    public static FaultOutage From(ProbeOutage outage, DateTimeOffset now) => new(
        ((outage.End ?? now) - outage.Start).TotalSeconds,
        outage.Cause,
        [.. outage.Phases.Select(phase => new FaultStep(phase.Kind, (phase.At - outage.Start).TotalSeconds, phase.Node))],
        outage.FirstError);
}

/// <summary>A step within an outage.</summary>
internal sealed record FaultStep(string Kind, double AfterSeconds, string? Node);

/// <summary>How a run ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultVerdict>))]
internal enum FaultVerdict
{
    /// <summary>The fault was there, and nothing was violated.</summary>
    Passed,

    /// <summary>Something was violated, or the fault could not be proven.</summary>
    Failed,

    /// <summary>This machine cannot bring the fault about.</summary>
    NotPossible,
}

namespace HaPgAspire.Probe.Cluster;

/// <summary>A component's last answer, and when it was asked.</summary>
/// <param name="Answer">The answer; null when there was none.</param>
/// <param name="At">When it was asked; null before the first time.</param>
/// <param name="SinceBefore">How long before that it had been asked last.</param>
/// <param name="Last">The last answer there was.</param>
/// <param name="LastAnswerAt">When that was.</param>
internal sealed record Asked<T>(T? Answer, DateTimeOffset? At, TimeSpan SinceBefore, T? Last, DateTimeOffset? LastAnswerAt)
    where T : class
{
    /// <summary>Not asked yet.</summary>
    public static Asked<T> Never { get; } = new(null, null, TimeSpan.Zero, null, null);

    /// <summary>It answered.</summary>
    public bool IsReachable => Answer is not null;

    /// <summary>The next answer.</summary>
    public Asked<T> Next(T? answer, DateTimeOffset at) =>
        new(answer, at, at - At ?? TimeSpan.Zero, answer ?? Last, answer is null ? LastAnswerAt : at);
}

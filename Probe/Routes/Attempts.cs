using System.Diagnostics;

namespace HaPgAspire.Probe.Routes;

/// <summary>How an attempt ended.</summary>
public enum AttemptOutcome
{
    /// <summary>The server said that it is done.</summary>
    Acknowledged,

    /// <summary>It is certainly not done.</summary>
    Failed,

    /// <summary>The connection was lost, or the time ran out, after COMMIT was sent.</summary>
    Unknown,
}

/// <summary>The end of a write attempt.</summary>
public sealed record WriteAttempt
{
    /// <summary>How it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Address and port of the server that took it, by its own account; null when none did.</summary>
    public string? Server { get; init; }

    /// <summary>The timeline that server wrote on; null when it did not say.</summary>
    public int? Timeline { get; init; }

    /// <summary>The error in short: a SQLSTATE or the name of a socket error; null when acknowledged.</summary>
    public string? Error { get; init; }

    /// <summary>The server was read-only (SQLSTATE 25006) and its connection has been discarded.</summary>
    public bool Demoted { get; init; }

    /// <summary>The attempt's span; default when it has none.</summary>
    public ActivityContext Span { get; init; }
}

/// <summary>The end of a read attempt.</summary>
public sealed record ReadAttempt
{
    /// <summary>How it ended; never <see cref="AttemptOutcome.Unknown"/>.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>The highest id that the server showed; 0 when there is none.</summary>
    public long Highest { get; init; }

    /// <summary>The session: reads of one session come one after the other.</summary>
    public int Session { get; init; }

    /// <summary>The session's connection is not the one of its read before.</summary>
    public bool Reconnected { get; init; }

    /// <summary>Address and port of the server that answered, by its own account.</summary>
    public string? Server { get; init; }

    /// <summary>The error in short; null when acknowledged.</summary>
    public string? Error { get; init; }

    /// <summary>The attempt's span; default when it has none.</summary>
    public ActivityContext Span { get; init; }
}

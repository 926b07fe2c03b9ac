using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Pipelines;

/// <summary>How a step ended.</summary>
public enum CompletionState
{
    InProgress,
    Completed,
    CompletedWithWarning,
    CompletedWithError,
}

/// <summary>Tells how a step is going.</summary>
public interface IReportingStep : IAsyncDisposable
{
    void Log(LogLevel logLevel, string message);

    Task CompleteAsync(string completionText, CompletionState completionState = CompletionState.Completed, CancellationToken cancellationToken = default);
}

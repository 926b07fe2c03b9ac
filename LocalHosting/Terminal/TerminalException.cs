namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>A verb cannot be carried out. The message is for the user.</summary>
internal class TerminalException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The app host ended while it was answering.</summary>
internal sealed class AppHostLeftException() : TerminalException("The app host has stopped.", ExitCodes.NotFound);

/// <summary>The exit codes of the Aspire command line for the same outcomes.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The command line itself is wrong.</summary>
    public const int InvalidCommand = 1;

    /// <summary>No app host to talk to, or several, or a resource that it doesn't have.</summary>
    public const int NotFound = 7;

    /// <summary>The resource's command failed or was cancelled.</summary>
    public const int ResourceCommandFailed = 16;

    /// <summary>The user interrupted the verb.</summary>
    public const int Cancelled = 130;
}

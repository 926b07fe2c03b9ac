namespace HaPgAspire.Hosting;

/// <summary>
/// Something that the person at the terminal can put right. The message is one sentence that names the cause and the remedy, and is all that
/// <c>RunClusterAsync</c> prints before it returns a non-zero exit code.
/// </summary>
public sealed class ClusterException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public ClusterException()
    {
    }

    /// <summary>Creates the exception with the sentence to show.</summary>
    /// <param name="message">Cause and remedy in one sentence, without any secret.</param>
    public ClusterException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the sentence to show and what led to it.</summary>
    /// <param name="message">Cause and remedy in one sentence, without any secret.</param>
    /// <param name="innerException">The underlying failure.</param>
    public ClusterException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

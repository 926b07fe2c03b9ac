using System.Net.Sockets;
using Npgsql;

namespace HaPgAspire.Probe.Routes;

/// <summary>Names errors in a word or two that hold neither address nor secret.</summary>
internal static class AttemptErrors
{
    /// <summary>An error that an attempt may end with, as opposed to a fault of the probe.</summary>
    public static bool IsExpected(Exception e) =>
        e is NpgsqlException or TimeoutException or IOException or SocketException or OperationCanceledException
            or InvalidOperationException or ObjectDisposedException;

    /// <summary>The server takes no writes: it is a replica, or has become one.</summary>
    public static bool IsReadOnly(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>A SQLSTATE, the name of a socket error, `timeout`, `connection_lost`, `no_host`, or the exception's type.</summary>
    public static string Name(Exception e) => e switch
    {
        PostgresException postgres => postgres.SqlState,
        SocketException socket => socket.SocketErrorCode.ToString(),
        TimeoutException or OperationCanceledException => "timeout",
        NpgsqlException { InnerException: AggregateException several } =>
            several.InnerExceptions.Count > 0 ? Name(several.InnerExceptions[^1]) : "no_host",
        NpgsqlException { InnerException: { } inner } => Name(inner),
        IOException => "connection_lost",
        NpgsqlException => "no_host",
        _ => e.GetType().Name,
    };
}

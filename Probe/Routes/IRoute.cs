using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Routes;

/// <summary>
/// A way into the cluster, as single attempts. An attempt always ends by itself, in time, and reports an error instead of throwing
/// it; only the probe's own end cancels one.
/// </summary>
public interface IRoute : IAsyncDisposable
{
    /// <summary>Which way.</summary>
    RouteKind Kind { get; }

    /// <summary>How long an attempt takes to give up when nobody answers.</summary>
    TimeSpan ConnectTimeout { get; }

    /// <summary>Reads have a way to go.</summary>
    bool CanRead { get; }

    /// <summary>Tries to write one row with this id and to commit it.</summary>
    Task<WriteAttempt> WriteAsync(long id, CancellationToken cancellationToken);

    /// <summary>Tries to read the highest id there is.</summary>
    Task<ReadAttempt> ReadAsync(CancellationToken cancellationToken);
}

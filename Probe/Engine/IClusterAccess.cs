using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Verify;

namespace HaPgAspire.Probe.Engine;

/// <summary>How the probe gets at the cluster's data.</summary>
internal interface IClusterAccess
{
    /// <summary>Makes the probe's table, trying until it is there.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Opens the routes that are known, the front door first. The caller disposes them.</summary>
    /// <param name="ledger">The ledger whose rows they write.</param>
    IReadOnlyList<IRoute> OpenRoutes(Guid ledger);

    /// <summary>Opens what the ledger is compared with. The caller disposes it.</summary>
    IWriteStore OpenStore(Guid ledger);
}

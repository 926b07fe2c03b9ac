namespace HaPgAspire.Probe.Ledgers;

/// <summary>Whose ledger it is.</summary>
/// <param name="Cluster">System identifier of the cluster; a new cluster gets a new ledger.</param>
/// <param name="Id">The ledger's own id, under which its rows stand in the database.</param>
/// <param name="CreatedAt">When it was begun, UTC.</param>
public sealed record LedgerIdentity(string Cluster, Guid Id, DateTimeOffset CreatedAt);

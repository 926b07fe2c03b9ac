namespace HaPgAspire.Probe.Ledgers;

/// <summary>The ledger cannot be used. The message is one sentence with the file and the remedy.</summary>
public sealed class LedgerException(string message, Exception? inner = null) : Exception(message, inner);

namespace HaPgAspire.Hosting;

/// <summary>This machine cannot bring the fault about. The case counts neither as passed nor as failed, and the report says why.</summary>
internal sealed class FaultNotPossibleException(string reason) : Exception(reason);

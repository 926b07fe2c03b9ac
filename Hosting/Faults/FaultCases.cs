namespace HaPgAspire.Hosting;

/// <summary>All cases, in the order in which they run.</summary>
internal static class FaultCases
{
    public static IReadOnlyList<FaultCase> All { get; } =
    [
        .. ProcessFaults.Cases, .. DcsFaults.Cases, .. NetworkFaults.Cases, .. OperationFaults.Cases, .. FrontDoorFaults.Cases, .. StorageFaults.Cases,
    ];
}

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>The tests that measure the memory of their process run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

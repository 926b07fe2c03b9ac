namespace HaPgAspire.Hosting;

/// <summary>Marks the resource of the probe, so that the fault suite finds its judge.</summary>
/// <param name="ActionToken">The token that the probe's actions ask for.</param>
internal sealed record ProbeAnnotation(ParameterResource ActionToken) : IResourceAnnotation;

namespace HaPgAspire.Probe.Api;

/// <summary>Marks an endpoint that acts on the cluster.</summary>
internal sealed class ActionMark;

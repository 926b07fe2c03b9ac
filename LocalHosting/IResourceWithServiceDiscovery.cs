using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>A resource whose endpoints are offered through service discovery.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

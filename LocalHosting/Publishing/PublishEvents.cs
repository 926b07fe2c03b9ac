using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Eventing;

namespace HaPgAspire.LocalHosting.Publishing;

/// <summary>Publishing is about to begin.</summary>
public sealed class BeforePublishEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
{
    public IServiceProvider Services { get; } = services;

    public DistributedApplicationModel Model { get; } = model;
}

/// <summary>Publishing is done.</summary>
public sealed class AfterPublishEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
{
    public IServiceProvider Services { get; } = services;

    public DistributedApplicationModel Model { get; } = model;
}

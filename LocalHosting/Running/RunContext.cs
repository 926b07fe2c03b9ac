using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Docker;
using HaPgAspire.LocalHosting.Eventing;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>What everything that takes part in a run shares.</summary>
internal sealed record RunContext(
    IServiceProvider Services,
    DistributedApplicationModel Model,
    DistributedApplicationExecutionContext ExecutionContext,
    IDistributedApplicationEventing Eventing,
    ResourceNotificationService Notifications,
    ResourceLoggerService Loggers,
    DisplayOutput Output)
{
    /// <summary>Null when the application has no containers.</summary>
    public DockerEngine? Engine { get; set; }

    /// <summary>Unique on the container engine: names of containers and of the network end with it.</summary>
    public string Suffix { get; } = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));

    public string Network => $"hapgaspire-{Suffix}";

    /// <summary>Completes when the containers' network exists.</summary>
    public Task NetworkCreated { get; set; } = Task.CompletedTask;

    /// <summary>Publishes a change of state of the resource and of the children that live and die with it.</summary>
    public async Task PublishStateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        await Notifications.PublishUpdateAsync(resource, change);
        if (Notifications.TryGetCurrentState(resource.Name, out var current))
        {
            foreach (var child in Model.WithDependentChildren(resource).Skip(1))
            {
                await Notifications.PublishUpdateAsync(child, s => s with
                {
                    State = current.Snapshot.State,
                    StartTimeStamp = current.Snapshot.StartTimeStamp,
                    StopTimeStamp = current.Snapshot.StopTimeStamp,
                    HealthReports = ResourceSnapshots.IsStart(current.Snapshot) ? ResourceSnapshots.InitialHealthReports(child) : s.HealthReports,
                    ReadyTask = ResourceSnapshots.IsStart(current.Snapshot) ? null : s.ReadyTask,
                });
            }
        }
    }

    /// <summary>Tells that the connection strings of the resource and of the children that live with it can be resolved.</summary>
    public async Task PublishConnectionStringAvailableAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var affected in Model.WithDependentChildren(resource).OfType<IResourceWithConnectionString>())
        {
            await Eventing.PublishAsync(new ConnectionStringAvailableEvent(affected, Services), cancellationToken);
        }
    }
}

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Everything the application consists of.</summary>
public class DistributedApplicationModel(IResourceCollection resources)
{
    public DistributedApplicationModel(IEnumerable<IResource> resources)
        : this(new ResourceCollection(resources))
    {
    }

    public IResourceCollection Resources { get; } = resources;
}

using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>In which order resources are stopped: none before those that wait for it or refer to it.</summary>
internal static class StopOrder
{
    /// <summary>Groups to stop one after the other; what is in one group stops at the same time.</summary>
    public static IReadOnlyList<IReadOnlyList<IResource>> Groups(IReadOnlyCollection<IResource> resources)
    {
        List<IReadOnlyList<IResource>> groups = [];
        List<IResource> remaining = [.. resources];
        while (remaining.Count > 0)
        {
            List<IResource> free = [.. remaining.Where(r => !remaining.Any(other => !ReferenceEquals(other, r) && Needs(other, resources).Contains(r)))];

            // Resources that refer to each other in a circle have no order.
            groups.Add(free.Count > 0 ? free : [.. remaining]);
            remaining = [.. remaining.Except(groups[^1])];
        }

        return groups;
    }

    private static HashSet<IResource> Needs(IResource resource, IReadOnlyCollection<IResource> all)
    {
        var direct = resource.Annotations.OfType<WaitAnnotation>().Select(a => a.Resource)
            .Concat(resource.Annotations.OfType<ResourceRelationshipAnnotation>().Where(a => a.Type != KnownRelationshipTypes.Parent).Select(a => a.Resource));
        HashSet<IResource> needs = [];
        foreach (var needed in direct)
        {
            // Who needs a database needs its server.
            for (var current = needed; current is not null; current = (current as IResourceWithParent)?.Parent)
            {
                needs.Add(current);
            }

            // Who needs a cluster needs its members.
            needs.UnionWith(all.Where(r => r is IResourceWithParent child && ReferenceEquals(child.Parent, needed) && !ReferenceEquals(r, resource)));
        }

        return needs;
    }
}

using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>The URLs a resource is shown with: one per endpoint, and what callbacks make of them.</summary>
internal static class ResourceUrls
{
    public static async Task PublishAsync(RunContext run, IResource resource, CancellationToken cancellationToken)
    {
        List<ResourceUrlAnnotation> urls = [];
        if (resource is IResourceWithEndpoints withEndpoints)
        {
            urls.AddRange(withEndpoints.GetEndpoints().Where(e => e.IsAllocated).Select(e => new ResourceUrlAnnotation { Url = e.Url, Endpoint = e }));
        }

        urls.AddRange(resource.Annotations.OfType<ResourceUrlAnnotation>());
        var context = new ResourceUrlsCallbackContext(run.ExecutionContext, resource, urls, cancellationToken) { Logger = run.Loggers.GetLogger(resource) };
        foreach (var annotation in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        await run.Notifications.PublishUpdateAsync(resource, s => s with
        {
            Urls = [.. urls.Select(u => new UrlSnapshot(u.Endpoint?.EndpointName, Absolute(u), IsInternal: u.DisplayLocation == UrlDisplayLocation.DetailsOnly)
            {
                DisplayProperties = new UrlDisplayPropertiesSnapshot(u.DisplayText ?? string.Empty, u.DisplayOrder ?? 0),
            })],
        });
    }

    private static string Absolute(ResourceUrlAnnotation url) =>
        url.Url.StartsWith('/') && url.Endpoint is { IsAllocated: true } endpoint ? $"{endpoint.Url}{url.Url}" : url.Url;
}

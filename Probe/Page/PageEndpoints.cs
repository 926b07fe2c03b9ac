using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace HaPgAspire.Probe.Page;

internal static class PageEndpoints
{
    private const string Root = "index.html";

    /// <summary>Maps <c>/</c> and the page's files.</summary>
    public static void MapPageFiles(this IEndpointRouteBuilder endpoints)
    {
        foreach (var file in PageFiles.Load().All)
        {
            endpoints.MapMethods(file.Path == Root ? "/" : $"/{file.Path}", [HttpMethods.Get, HttpMethods.Head], (HttpResponse response) => Serve(file, response))
                .ExcludeFromDescription();
        }
    }

    private static FileContentHttpResult Serve(PageFile file, HttpResponse response)
    {
        // The names carry no version: ask each time, send only what has changed.
        response.Headers.CacheControl = "no-cache";
        return TypedResults.File(file.Content, file.ContentType, entityTag: new EntityTagHeaderValue(file.EntityTag));
    }
}

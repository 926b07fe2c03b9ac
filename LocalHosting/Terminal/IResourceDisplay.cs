namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>What the user sees of a run. Every member may be called from any thread and returns at once.</summary>
internal interface IResourceDisplay : IAsyncDisposable
{
    /// <summary>A resource is new or has changed.</summary>
    void Update(ResourceRow row);

    /// <summary>A line of work in progress, such as a step of an image build.</summary>
    void Progress(string resource, string line);

    /// <summary>A line of the app host itself, such as a warning.</summary>
    void Notice(string line);

    /// <summary>Everything is ready: shows the connection strings and, in plain mode, the table of resources.</summary>
    void Ready(IReadOnlyList<ConnectionRow> connections, TimeSpan elapsed);

    /// <summary>The run is ending; what follows is the order of the stop.</summary>
    void Stopping();
}

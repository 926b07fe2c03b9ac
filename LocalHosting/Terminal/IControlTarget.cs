namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>What a second terminal may ask of a running app host.</summary>
internal interface IControlTarget
{
    /// <summary>All resources, hidden ones too.</summary>
    IReadOnlyList<ResourceRow> ListResources();

    /// <summary>The current state of every resource, then every change until <paramref name="cancellationToken"/> or the app host ends.</summary>
    IAsyncEnumerable<ResourceRow> FollowResourcesAsync(CancellationToken cancellationToken);

    /// <summary>Runs a command of a resource. The control channel has checked that both exist and that the arguments are declared.</summary>
    Task<CommandOutcome> ExecuteCommandAsync(
        string resource,
        string command,
        IReadOnlyDictionary<string, string?> arguments,
        CancellationToken cancellationToken);

    /// <summary>The console output kept so far, then, with <paramref name="follow"/>, what comes.</summary>
    /// <param name="resource">Null for all.</param>
    IAsyncEnumerable<LogRow> ReadLogsAsync(string? resource, bool follow, CancellationToken cancellationToken);

    /// <summary>Begins the app host's orderly stop, as Ctrl-C does, without waiting for its end.</summary>
    void RequestStop();
}

/// <param name="Message">For the user: what happened or why it failed.</param>
/// <param name="Data">The command's output, for standard output.</param>
internal sealed record CommandOutcome(bool Success, bool Canceled = false, string? Message = null, string? Data = null);

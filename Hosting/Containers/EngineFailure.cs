namespace HaPgAspire.Hosting;

/// <summary>Tells why the container engine cannot be used, from what its command line writes.</summary>
internal static class EngineFailure
{
    /// <summary>The sentence to show, or null when the engine itself answered and only the command failed.</summary>
    public static string? Describe(string error)
    {
        if (error.Contains("permission denied", StringComparison.OrdinalIgnoreCase))
        {
            return "The container engine is there, but this user may not use it (permission denied); add the user to the group docker and log in again, or run as a user who may.";
        }

        return error.Contains("Cannot connect to", StringComparison.OrdinalIgnoreCase)
            || error.Contains("connection refused", StringComparison.OrdinalIgnoreCase)
            || error.Contains("error during connect", StringComparison.OrdinalIgnoreCase)
            || error.Contains("failed to connect", StringComparison.OrdinalIgnoreCase)
                ? $"The container engine does not answer ({LastLine(error)}); start it (for Docker: systemctl start docker), or point DOCKER_HOST at one that runs."
                : null;
    }

    /// <summary>The last line that says something.</summary>
    public static string LastLine(string text) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .LastOrDefault() ?? "it gave no reason";
}

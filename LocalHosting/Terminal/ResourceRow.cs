namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>One resource as the terminal and the control channel show it. It never carries a resource's environment: secrets live there.</summary>
internal sealed record ResourceRow
{
    public required string Name { get; init; }

    /// <summary>"Container", "Project", "PostgresServer", …</summary>
    public required string Type { get; init; }

    /// <summary>The resource it is shown under; null at the top.</summary>
    public string? Parent { get; init; }

    /// <summary>"Waiting", "Starting", "Running", "Exited", …; null before the first one is known.</summary>
    public string? State { get; init; }

    /// <summary>"success", "info", "warning" or "error"; null derives the colour from <see cref="State"/> and <see cref="Health"/>.</summary>
    public string? StateStyle { get; init; }

    /// <summary>"Healthy", "Unhealthy" or "Degraded"; null without a health check.</summary>
    public string? Health { get; init; }

    public int? ExitCode { get; init; }

    public bool IsHidden { get; init; }

    /// <summary>The image, project or parent that it comes from.</summary>
    public string? Source { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    public IReadOnlyList<ResourceRowUrl> Urls { get; init; } = [];

    /// <summary>In display order. What Aspire itself defines (`container.*`, `project.*`, …) is left out of the live table.</summary>
    public IReadOnlyList<ResourceRowProperty> Properties { get; init; } = [];

    public IReadOnlyList<ResourceRowCommand> Commands { get; init; } = [];
}

/// <param name="Name">The endpoint's name; null for a URL that belongs to none.</param>
internal sealed record ResourceRowUrl(string Url, string? Name = null, string? DisplayName = null, bool IsInternal = false);

/// <param name="Name">For example `patroni.role`; the table shows what follows the last dot.</param>
internal sealed record ResourceRowProperty(string Name, string Value);

/// <param name="Enabled">False while the command cannot be run in the resource's state.</param>
internal sealed record ResourceRowCommand(
    string Name,
    string? DisplayName = null,
    string? Description = null,
    bool Enabled = true,
    IReadOnlyList<ResourceRowArgument>? Arguments = null);

internal enum ResourceRowArgumentKind
{
    Text,
    SecretText,
    Choice,
    Boolean,
    Number,
}

/// <param name="DefaultValue">What the command gets when the argument isn't given.</param>
/// <param name="AllowedValues">Of a <see cref="ResourceRowArgumentKind.Choice"/>.</param>
internal sealed record ResourceRowArgument(
    string Name,
    ResourceRowArgumentKind Kind = ResourceRowArgumentKind.Text,
    bool Required = false,
    string? Description = null,
    string? DefaultValue = null,
    IReadOnlyList<string>? AllowedValues = null);

/// <summary>A connection string for the panel below the table.</summary>
/// <param name="Masked">The connection string with its password replaced.</param>
/// <param name="HowToReveal">A sentence that says how to get the real one.</param>
internal sealed record ConnectionRow(string Name, string Masked, string HowToReveal);

internal sealed record LogRow(string Resource, string Text, bool IsError = false, DateTimeOffset? Timestamp = null);

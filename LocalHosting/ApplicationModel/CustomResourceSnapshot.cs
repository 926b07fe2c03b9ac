using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>What is known about a resource at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    public DateTime? CreationTimeStamp { get; init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Null unless running; without health checks a running resource is healthy; else the worst report, unhealthy while one is missing.</summary>
    public HealthStatus? HealthStatus
    {
        get
        {
            if (State?.Text != KnownResourceStates.Running)
            {
                return null;
            }

            return HealthReports.IsEmpty
                ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
                : HealthReports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
        }
    }

    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<VolumeSnapshot> Volumes { get; init; } = [];

    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    public bool IsHidden { get; init; }

    public string? IconName { get; init; }

    public IconVariant? IconVariant { get; init; }

    /// <summary>The <see cref="ResourceReadyEvent"/>'s subscribers, once it was published for this start.</summary>
    internal Task? ReadyTask { get; init; }
}

/// <summary>A state, and the style it is shown in.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, Style: null);
}

/// <summary>A URL of a resource.</summary>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();
}

/// <summary>How a URL is shown.</summary>
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <summary>A mount of a resource.</summary>
public sealed record VolumeSnapshot(string? Source, string Target, string MountType, bool IsReadOnly);

/// <summary>A relation to another resource.</summary>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>A property of a resource.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    public bool IsSensitive { get; init; }

    public string? DisplayName { get; init; }

    public bool IsHighlighted { get; init; }

    public int? SortOrder { get; init; }
}

/// <summary>The last result of a health check; no status: it has not run yet.</summary>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    public DateTime? LastRunAt { get; init; }
}

/// <summary>The states resources of the usual kinds are in.</summary>
public static class KnownResourceStates
{
    public static readonly string Starting = nameof(Starting);

    public static readonly string Running = nameof(Running);

    public static readonly string FailedToStart = nameof(FailedToStart);

    public static readonly string RuntimeUnhealthy = nameof(RuntimeUnhealthy);

    public static readonly string Stopping = nameof(Stopping);

    public static readonly string Exited = nameof(Exited);

    public static readonly string Finished = nameof(Finished);

    public static readonly string Waiting = nameof(Waiting);

    public static readonly string NotStarted = nameof(NotStarted);

    public static readonly string Building = nameof(Building);

    public static readonly string ValueMissing = nameof(ValueMissing);

    public static readonly string Active = nameof(Active);

    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>The styles states are shown in.</summary>
public static class KnownResourceStateStyles
{
    public static readonly string Success = "success";

    public static readonly string Error = "error";

    public static readonly string Info = "info";

    public static readonly string Warn = "warning";
}

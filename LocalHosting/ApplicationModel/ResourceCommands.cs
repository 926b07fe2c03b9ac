using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>How an icon is drawn.</summary>
public enum IconVariant
{
    Regular,
    Filled,
}

/// <summary>Whether a command can be run now.</summary>
public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

/// <summary>Who is offered a command.</summary>
[Flags]
public enum ResourceCommandVisibility
{
    None = 0,
    UI = 1,
    Api = 2,
}

/// <summary>The form of a command's result.</summary>
public enum CommandResultFormat
{
    Text,
    Json,
    Markdown,
}

/// <summary>What can be done with a resource.</summary>
public sealed class ResourceCommandAnnotation(
    string name,
    string displayName,
    Func<UpdateCommandStateContext, ResourceCommandState> updateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
    string? displayDescription,
    IReadOnlyList<InteractionInput>? arguments,
    string? confirmationMessage,
    string? iconName,
    IconVariant? iconVariant,
    bool isHighlighted,
    ResourceCommandVisibility visibility = ResourceCommandVisibility.UI | ResourceCommandVisibility.Api,
    Func<InputsDialogValidationContext, Task>? validateArguments = null) : IResourceAnnotation
{
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    public string DisplayName { get; } = displayName ?? throw new ArgumentNullException(nameof(displayName));

    public Func<UpdateCommandStateContext, ResourceCommandState> UpdateState { get; } = updateState ?? throw new ArgumentNullException(nameof(updateState));

    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; } = executeCommand ?? throw new ArgumentNullException(nameof(executeCommand));

    public string? DisplayDescription { get; } = displayDescription;

    public IReadOnlyList<InteractionInput> Arguments { get; } = arguments ?? [];

    public Func<InputsDialogValidationContext, Task>? ValidateArguments { get; } = validateArguments;

    public string? ConfirmationMessage { get; } = confirmationMessage;

    public string? IconName { get; } = iconName;

    public IconVariant? IconVariant { get; } = iconVariant;

    public bool IsHighlighted { get; } = isHighlighted;

    public ResourceCommandVisibility Visibility { get; } = visibility;
}

/// <summary>The optional part of a command.</summary>
public class CommandOptions
{
    public string? Description { get; set; }

    public IReadOnlyList<InteractionInput> Arguments { get; set => field = value ?? []; } = [];

    public Func<InputsDialogValidationContext, Task>? ValidateArguments { get; set; }

    public ResourceCommandVisibility Visibility { get; set; } = ResourceCommandVisibility.UI | ResourceCommandVisibility.Api;

    public string? ConfirmationMessage { get; set; }

    public string? IconName { get; set; }

    public IconVariant? IconVariant { get; set; }

    public bool IsHighlighted { get; set; }

    /// <summary>Null: enabled always.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>What a command's state is computed from.</summary>
public sealed class UpdateCommandStateContext
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    public required IServiceProvider Services { get; init; }
}

/// <summary>What a command gets.</summary>
public sealed class ExecuteCommandContext
{
    public required IServiceProvider Services { get; init; }

    public required string ResourceName { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Writes to the resource's console log.</summary>
    public required ILogger Logger { get; init; }

    public required InteractionInputCollection Arguments { get; init; }
}

/// <summary>What a command answers.</summary>
public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }

    public CommandResultData? Data { get; init; }
}

/// <summary>What a command found out.</summary>
public sealed class CommandResultData
{
    public required string Value { get; init; }

    public CommandResultFormat Format { get; init; }

    public bool DisplayImmediately { get; init; }
}

/// <summary>The usual answers.</summary>
public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };

    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };

    public static ExecuteCommandResult Success(string message, string result, CommandResultFormat resultFormat = CommandResultFormat.Text) =>
        Success(message, new CommandResultData { Value = result, Format = resultFormat });

    public static ExecuteCommandResult Success(string message, string result, CommandResultFormat resultFormat, bool displayImmediately) =>
        Success(message, new CommandResultData { Value = result, Format = resultFormat, DisplayImmediately = displayImmediately });

    public static ExecuteCommandResult Success(string message, CommandResultData value) => new() { Success = true, Message = message, Data = value };

    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };

    public static ExecuteCommandResult Failure(string errorMessage, string result, CommandResultFormat resultFormat = CommandResultFormat.Text) =>
        Failure(errorMessage, new CommandResultData { Value = result, Format = resultFormat });

    public static ExecuteCommandResult Failure(string errorMessage, CommandResultData value) => new() { Success = false, Message = errorMessage, Data = value };

    public static ExecuteCommandResult Failure(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return Failure(exception.Message);
    }

    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

/// <summary>The commands every resource with a lifetime has.</summary>
public static class KnownResourceCommands
{
    public static readonly string StartCommand = "start";

    public static readonly string StopCommand = "stop";

    public static readonly string RestartCommand = "restart";
}

/// <summary>A command as it is offered at one moment.</summary>
public sealed record ResourceCommandSnapshot(
    string Name,
    ResourceCommandState State,
    string DisplayName,
    string? DisplayDescription,
    object? Parameter,
    string? ConfirmationMessage,
    string? IconName,
    IconVariant? IconVariant,
    bool IsHighlighted)
{
    public IReadOnlyList<InteractionInput> Arguments { get; init; } = [];

    public ResourceCommandVisibility Visibility { get; init; } = ResourceCommandVisibility.UI | ResourceCommandVisibility.Api;
}

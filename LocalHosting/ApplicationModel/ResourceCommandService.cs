using System.Globalization;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Runs resources' commands.</summary>
public class ResourceCommandService
{
    /// <summary>In characters, where an argument sets no limit.</summary>
    private const int DefaultMaxLength = 8000;

    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resourceId, commandName, new InteractionInputCollection([]), cancellationToken);

    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, InteractionInputCollection arguments, CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out var current)
            ? ExecuteCommandAsync(current.Resource, commandName, arguments, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."));

    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource, commandName, new InteractionInputCollection([]), cancellationToken);

    /// <summary>Checks the arguments and runs the command; an exception in it is a failure, no exception to the caller.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, InteractionInputCollection arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(arguments);
        var logger = _loggers.GetLogger(resource);
        var command = resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(c => Comparers.CommandName.Equals(c.Name, commandName));
        if (command is null)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");
        }

        try
        {
            var inputs = new InteractionInputCollection([.. command.Arguments.Select(a => WithValue(a, arguments))]);
            if (arguments.Names.FirstOrDefault(n => command.Arguments.Count > 0 && !inputs.ContainsName(n)) is { } unknown)
            {
                return CommandResults.Failure($"Unknown argument '{unknown}' for command '{commandName}'.");
            }

            if (await ValidateAsync(command, inputs, cancellationToken) is { } invalid)
            {
                return CommandResults.Failure(invalid);
            }

            var result = await command.ExecuteCommand(new ExecuteCommandContext
            {
                Services = _services,
                ResourceName = resource.Name,
                CancellationToken = cancellationToken,
                Logger = logger,
                Arguments = command.Arguments.Count > 0 ? inputs : arguments,
            });
            if (!result.Success && !result.Canceled)
            {
                ResourceCommandLog.Failed(logger, commandName, resource.Name, result.Message);
            }

            return result;
        }
        catch (OperationCanceledException)
        {
            return CommandResults.Canceled();
        }
#pragma warning disable CA1031 // Whatever a command throws is its result.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ResourceCommandLog.Threw(logger, exception, commandName, resource.Name);
            return CommandResults.Failure(exception);
        }
    }

    private static InteractionInput WithValue(InteractionInput declared, InteractionInputCollection given) => new()
    {
        Name = declared.Name,
        Label = declared.Label,
        Description = declared.Description,
        EnableDescriptionMarkdown = declared.EnableDescriptionMarkdown,
        InputType = declared.InputType,
        Required = declared.Required,
        Options = declared.Options,
        Placeholder = declared.Placeholder,
        AllowCustomChoice = declared.AllowCustomChoice,
        Disabled = declared.Disabled,
        MaxLength = declared.MaxLength,
        Value = given.TryGetByName(declared.Name, out var input) ? input.Value : declared.Value,
    };

    private async Task<string?> ValidateAsync(ResourceCommandAnnotation command, InteractionInputCollection inputs, CancellationToken cancellationToken)
    {
        var context = new InputsDialogValidationContext { Inputs = inputs, CancellationToken = cancellationToken, Services = _services };
        foreach (var input in inputs.Where(i => !i.Disabled))
        {
            if (input.InputType != InputType.SecretText)
            {
                input.Value = input.Value?.Trim();
            }

            if (Violation(input) is { } violation)
            {
                context.AddValidationError(input, violation);
            }
        }

        if (!context.HasErrors && command.ValidateArguments is { } validate)
        {
            await validate(context);
        }

        return context.HasErrors
            ? string.Join(" ", inputs.SelectMany(i => i.ValidationErrors.Select(e => $"Argument '{i.Name}': {e}")))
            : null;
    }

    private static string? Violation(InteractionInput input)
    {
        if (string.IsNullOrEmpty(input.Value))
        {
            return input.Required ? "Value is required." : null;
        }

        return input.InputType switch
        {
            InputType.Choice when !input.AllowCustomChoice && input.Options is { } options && !options.Any(o => o.Key == input.Value) =>
                $"Value must be one of: {string.Join(", ", options.Select(o => o.Key))}.",
            InputType.Boolean when !bool.TryParse(input.Value, out _) => "Value must be a valid boolean.",
            InputType.Number when !double.TryParse(input.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => "Value must be a valid number.",
            InputType.Text or InputType.SecretText when input.Value.Length > (input.MaxLength ?? DefaultMaxLength) =>
                $"Value length exceeds {input.MaxLength ?? DefaultMaxLength} characters.",
            _ => null,
        };
    }
}

internal static partial class ResourceCommandLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Command {Command} of {Resource} failed: {Reason}")]
    public static partial void Failed(ILogger logger, string command, string resource, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Command {Command} of {Resource} failed")]
    public static partial void Threw(ILogger logger, Exception exception, string command, string resource);
}

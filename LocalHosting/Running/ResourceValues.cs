using System.Globalization;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>A resource's environment and arguments as they are at this start.</summary>
internal static class ResourceValues
{
    public static async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(this RunContext run, IResource resource, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(run.ExecutionContext, resource, cancellationToken: cancellationToken) { Logger = run.Loggers.GetLogger(resource) };
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context);
        }

        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            try
            {
                if (await run.ResolveAsync(resource, value, cancellationToken) is { } resolved)
                {
                    environment[name] = resolved;
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                throw new DistributedApplicationException($"The environment variable '{name}' of resource '{resource.Name}' has no value: {exception.Message}", exception);
            }
        }

        return environment;
    }

    public static async Task<IReadOnlyList<string>> ArgumentsAsync(this RunContext run, IResource resource, CancellationToken cancellationToken)
    {
        List<object> arguments = [];
        var context = new CommandLineArgsCallbackContext(arguments, resource, cancellationToken) { ExecutionContext = run.ExecutionContext, Logger = run.Loggers.GetLogger(resource) };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context);
        }

        List<string> resolved = [];
        foreach (var argument in arguments)
        {
            if (await run.ResolveAsync(resource, argument, cancellationToken) is { } value)
            {
                resolved.Add(value);
            }
        }

        return resolved;
    }

    /// <summary>A value as it is seen from the resource that uses it.</summary>
    public static async ValueTask<string?> ResolveAsync(this RunContext run, IResource caller, object? value, CancellationToken cancellationToken) => value switch
    {
        null => null,
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(new ValueProviderContext { ExecutionContext = run.ExecutionContext, Caller = caller }, cancellationToken),
        IResourceBuilder<IResource> builder => await run.ResolveAsync(caller, builder.Resource, cancellationToken),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}

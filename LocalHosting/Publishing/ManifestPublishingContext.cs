using System.Globalization;
using System.Text.Json;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Publishing;

/// <summary>Writes the manifest that azd and others read.</summary>
public sealed partial class ManifestPublishingContext(
    DistributedApplicationExecutionContext executionContext,
    string manifestPath,
    Utf8JsonWriter writer,
    CancellationToken cancellationToken = default)
{
    private readonly Dictionary<string, IResource> _referenced = new(Comparers.ResourceName);
    private readonly Dictionary<(string Parameter, string Format), string> _formatted = [];
    private readonly HashSet<string> _formattedWritten = [];

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public string ManifestPath { get; } = manifestPath;

    public Utf8JsonWriter Writer { get; } = writer;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>A path as it is seen from the manifest's directory.</summary>
    public string? GetManifestRelativePath(string? path) =>
        path is null ? null : Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(ManifestPath))!, path).Replace('\\', '/');

    /// <summary>Has a resource that is only referred to, such as a parameter, written as well.</summary>
    public void TryAddDependentResources(object? value)
    {
        switch (value)
        {
            case IResource resource:
                _referenced.TryAdd(resource.Name, resource);
                break;
            case IValueWithReferences compound:
                foreach (var reference in compound.References)
                {
                    TryAddDependentResources(reference);
                }

                break;
        }
    }

    internal async Task WriteModelAsync(DistributedApplicationModel model)
    {
        Writer.WriteStartObject();
        Writer.WriteStartObject("resources");
        foreach (var resource in model.Resources)
        {
            await WriteResourceAsync(resource);
            WriteFormatted(parameter => parameter == resource.Name);
        }

        // Generated passwords need not be in the model.
        foreach (var resource in _referenced.Values.Where(r => !model.Resources.Contains(r)).ToArray())
        {
            await WriteResourceAsync(resource);
            WriteFormatted(parameter => parameter == resource.Name);
        }

        WriteFormatted(_ => true);
        Writer.WriteEndObject();
        Writer.WriteEndObject();
        await Writer.FlushAsync(CancellationToken);
    }

    private void WriteFormatted(Func<string, bool> ofParameter)
    {
        foreach (var ((parameter, format), name) in _formatted.Where(formatted => ofParameter(formatted.Key.Parameter) && _formattedWritten.Add(formatted.Value)))
        {
            Writer.WriteStartObject(name);
            Writer.WriteString("type", "annotated.string");
            Writer.WriteString("value", $"{{{parameter}.value}}");
            Writer.WriteString("filter", format);
            Writer.WriteEndObject();
        }
    }

    /// <summary>A value as the manifest shows it.</summary>
    private string? Expression(object? value)
    {
        TryAddDependentResources(value);
        return value switch
        {
            null => null,
            string text => text,
            bool flag => flag ? "true" : "false",
            ReferenceExpression { IsConditional: false } expression => Expression(expression),
            IResourceBuilder<IResource> builder => Expression(builder.Resource),
            IManifestExpressionProvider provider => provider.ValueExpression,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A formatted parameter, such as a password within a URI, becomes a resource of its own.</summary>
    private string Expression(ReferenceExpression expression)
    {
        var arguments = expression.ManifestExpressions.ToArray<object>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (expression.StringFormats[i] is { } format && expression.ValueProviders[i] is ParameterResource parameter)
            {
                var key = (parameter.Name, format);
                _formatted.TryAdd(key, $"{parameter.Name}-{format}-encoded");
                arguments[i] = $"{{{_formatted[key]}.value}}";
            }
        }

        return string.Format(CultureInfo.InvariantCulture, expression.Format, arguments);
    }
}

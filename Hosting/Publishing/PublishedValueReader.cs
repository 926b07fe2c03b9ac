using System.Globalization;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Reads the values that a resource gets (environment variables, arguments) without resolving any secret.</summary>
/// <param name="locate">Says where an endpoint is in the target.</param>
internal sealed class PublishedValueReader(Func<EndpointReference, PublishedEndpoint> locate)
{
    /// <summary>Reads the environment variables of a resource, sorted by name.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="execution">The publishing's context.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Names and values.</returns>
    /// <exception cref="ClusterException">A value is of a kind that cannot be published.</exception>
    public async Task<IReadOnlyDictionary<string, PublishedValue>> EnvironmentAsync(
        IResource resource, DistributedApplicationExecutionContext execution, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(execution, resource, cancellationToken: cancellationToken);
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
        {
            await annotation.Callback(context);
        }

        var values = new SortedDictionary<string, PublishedValue>(StringComparer.Ordinal);
        foreach ((string name, object value) in context.EnvironmentVariables)
        {
            values[name] = await ReadAsync(value, $"environment variable {name} of {resource.Name}", cancellationToken);
        }

        return values;
    }

    /// <summary>Reads the arguments of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="execution">The publishing's context.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The arguments in order.</returns>
    /// <exception cref="ClusterException">A value is of a kind that cannot be published.</exception>
    public async Task<IReadOnlyList<PublishedValue>> ArgumentsAsync(
        IResource resource, DistributedApplicationExecutionContext execution, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = execution };
        foreach (CommandLineArgsCallbackAnnotation annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
        {
            await annotation.Callback(context);
        }

        var arguments = new List<PublishedValue>(context.Args.Count);
        foreach (object value in context.Args)
        {
            arguments.Add(await ReadAsync(value, $"an argument of {resource.Name}", cancellationToken));
        }

        return arguments;
    }

    /// <summary>Reads one value.</summary>
    /// <param name="value">The value as a callback gave it.</param>
    /// <param name="place">Where it stands, for the error.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The value with holes for its parameters, secret ones always.</returns>
    /// <exception cref="ClusterException">The value is of a kind that cannot be published.</exception>
    public async Task<PublishedValue> ReadAsync(object value, string place, CancellationToken cancellationToken)
    {
        var parts = new List<PublishedValuePart>();
        await ReadAsync(value, place, parts, cancellationToken);
        return new PublishedValue(parts);
    }

    private async Task ReadAsync(object? value, string place, List<PublishedValuePart> parts, CancellationToken cancellationToken)
    {
        switch (value)
        {
            case null:
                break;
            case string text:
                Add(parts, text);
                break;
            case ParameterResource parameter:
                await ReadParameterAsync(parameter, parts, cancellationToken);
                break;
            case IResourceBuilder<ParameterResource> builder:
                await ReadParameterAsync(builder.Resource, parts, cancellationToken);
                break;
            case EndpointReference endpoint:
                Add(parts, Property(endpoint, EndpointProperty.Url));
                break;
            case EndpointReferenceExpression expression:
                Add(parts, Property(expression.Endpoint, expression.Property));
                break;
            case ConnectionStringReference reference:
                await ReadAsync(reference.Resource.ConnectionStringExpression, place, parts, cancellationToken);
                break;
            case IResourceWithConnectionString resource:
                await ReadAsync(resource.ConnectionStringExpression, place, parts, cancellationToken);
                break;
            case ReferenceExpression { IsConditional: true } conditional:
                await ReadAsync(await BranchAsync(conditional, place, cancellationToken), place, parts, cancellationToken);
                break;
            case ReferenceExpression expression:
                await ReadFormatAsync(expression, place, parts, cancellationToken);
                break;
            case CertificatePath path:
                Add(parts, path.ValueExpression);
                break;
            case IFormattable formattable:
                Add(parts, formattable.ToString(format: null, CultureInfo.InvariantCulture));
                break;
            default:
                throw new ClusterException($"Cannot publish {place}: a value of type {value.GetType().Name} is known only while the app host runs.");
        }
    }

    private static async Task ReadParameterAsync(ParameterResource parameter, List<PublishedValuePart> parts, CancellationToken cancellationToken)
    {
        if (!parameter.Secret)
        {
            try
            {
                Add(parts, await parameter.GetValueAsync(cancellationToken) ?? string.Empty);
                return;
            }
            catch (DistributedApplicationException)
            {
                // It has no value here: the target asks for one.
            }
        }

        parts.Add(new PublishedValuePart.Hole(parameter));
    }

    private async Task<ReferenceExpression?> BranchAsync(ReferenceExpression conditional, string place, CancellationToken cancellationToken)
    {
        PublishedValue condition = await ReadAsync(conditional.Condition!, place, cancellationToken);
        if (condition.Parameters.Any())
        {
            throw new ClusterException($"Cannot publish {place}: it depends on the value of the parameter {condition.Parameters.First().Name}, which is not known when publishing.");
        }

        string text = condition.Write(literal => literal, _ => string.Empty);
        return string.Equals(text, conditional.MatchValue, StringComparison.OrdinalIgnoreCase) ? conditional.WhenTrue : conditional.WhenFalse;
    }

    private async Task ReadFormatAsync(ReferenceExpression expression, string place, List<PublishedValuePart> parts, CancellationToken cancellationToken)
    {
        // Composite formatting with nothing but {0}-like items: the format is made by Aspire's interpolation handler.
        string format = expression.Format;
        for (int position = 0; position < format.Length;)
        {
            char character = format[position];
            if (character is '{' or '}' && position + 1 < format.Length && format[position + 1] == character)
            {
                Add(parts, character.ToString());
                position += 2;
            }
            else if (character == '{')
            {
                int end = format.IndexOf('}', position);
                int index = int.Parse(format.AsSpan(position + 1, end - position - 1), CultureInfo.InvariantCulture);
                await ReadFormattedAsync(expression.ValueProviders[index], expression.StringFormats[index], place, parts, cancellationToken);
                position = end + 1;
            }
            else
            {
                int next = format.AsSpan(position).IndexOfAny('{', '}');
                int length = next < 0 ? format.Length - position : next;
                Add(parts, format.Substring(position, length));
                position += length;
            }
        }
    }

    private async Task ReadFormattedAsync(object value, string? format, string place, List<PublishedValuePart> parts, CancellationToken cancellationToken)
    {
        if (!string.Equals(format, "uri", StringComparison.OrdinalIgnoreCase))
        {
            await ReadAsync(value, place, parts, cancellationToken);
            return;
        }

        // A parameter goes in as it is: generated passwords consist of letters and digits, which a URI takes unescaped.
        foreach (PublishedValuePart part in (await ReadAsync(value, place, cancellationToken)).Parts)
        {
            if (part is PublishedValuePart.Text text)
            {
                Add(parts, Uri.EscapeDataString(text.Value));
            }
            else
            {
                parts.Add(part);
            }
        }
    }

    private string Property(EndpointReference reference, EndpointProperty property)
    {
        PublishedEndpoint endpoint = locate(reference);
        string port = endpoint.Port.ToString(CultureInfo.InvariantCulture);
        return property switch
        {
            EndpointProperty.Host or EndpointProperty.IPV4Host => endpoint.Host,
            EndpointProperty.Port => port,
            EndpointProperty.TargetPort => (reference.EndpointAnnotation.TargetPort ?? endpoint.Port).ToString(CultureInfo.InvariantCulture),
            EndpointProperty.Scheme => endpoint.Scheme,
            EndpointProperty.HostAndPort => $"{endpoint.Host}:{port}",
            EndpointProperty.TlsEnabled => reference.TlsEnabled ? bool.TrueString : bool.FalseString,
            _ => $"{endpoint.Scheme}://{endpoint.Host}:{port}",
        };
    }

    private static void Add(List<PublishedValuePart> parts, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (parts is [.., PublishedValuePart.Text last])
        {
            parts[^1] = new PublishedValuePart.Text(last.Value + text);
        }
        else
        {
            parts.Add(new PublishedValuePart.Text(text));
        }
    }
}

using HaPgAspire.LocalHosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.LocalHosting;

/// <summary>Adds parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>
    /// A value from configuration, key <c>Parameters:NAME</c>; where that is not there or empty, the key with underscores for the name's dashes, which
    /// shells can set as an environment variable.
    /// </summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, [ResourceName] string name, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(CreateParameter(builder, name, secret));
    }

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        string value,
        bool publishValueAsDefault = false,
        bool secret = false) => builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    /// <exception cref="ArgumentException">A secret is not to be published.</exception>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        Func<string> valueGetter,
        bool publishValueAsDefault = false,
        bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (publishValueAsDefault && secret)
        {
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        }

        return builder.Add(new ParameterResource(name, @default => @default?.GetDefaultValue() ?? valueGetter(), secret)
        {
            Default = publishValueAsDefault ? new ConstantParameterDefault(valueGetter) : null,
        });
    }

    /// <summary>A value from configuration, else the default; with <paramref name="persist"/> the default is kept in user secrets.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        ParameterDefault value,
        bool secret = false,
        bool persist = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var parameter = CreateParameter(builder, name, secret);
        parameter.Default = persist ? Kept(builder, name, value) : value;
        return builder.Add(parameter);
    }

    /// <summary>A generated password that is kept in user secrets; not added to the model.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder,
        string name,
        bool lower = true,
        bool upper = true,
        bool numeric = true,
        bool special = true,
        int minLower = 0,
        int minUpper = 0,
        int minNumeric = 0,
        int minSpecial = 0) =>
        CreateGeneratedParameter(builder, name, secret: true, new GenerateParameterDefault
        {
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        });

    /// <summary>A generated value that is kept in user secrets; not added to the model.</summary>
    public static ParameterResource CreateGeneratedParameter(IDistributedApplicationBuilder builder, string name, bool secret, GenerateParameterDefault parameterDefault)
    {
        var parameter = CreateParameter(builder, name, secret);
        parameter.Default = Kept(builder, name, parameterDefault);
        return parameter;
    }

    /// <summary>A value from configuration; not added to the model.</summary>
    public static ParameterResource CreateParameter(IDistributedApplicationBuilder builder, string name, bool secret)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return new ParameterResource(name, @default => Value(builder.Configuration, name, @default), secret);
    }

    private static IResourceBuilder<ParameterResource> Add(this IDistributedApplicationBuilder builder, ParameterResource parameter) =>
        builder.AddResource(parameter).WithInitialState(new CustomResourceSnapshot
        {
            ResourceType = "Parameter",
            Properties = [new ResourcePropertySnapshot("parameter.secret", parameter.Secret)],
        });

    private static ParameterDefault Kept(IDistributedApplicationBuilder builder, string name, ParameterDefault value) =>
        builder.ExecutionContext.IsRunMode && builder is DistributedApplicationBuilder { UserSecrets: var secrets }
            ? new UserSecretsParameterDefault(name, value, secrets)
            : value;

    private static string Value(ConfigurationManager configuration, string name, ParameterDefault? @default) =>
        Configured(configuration, $"Parameters:{name}")
        ?? @default?.GetDefaultValue()
        ?? throw new MissingParameterValueException($"Parameter resource could not be used because configuration key 'Parameters:{name}' is missing and the Parameter '{name}' has no default value.");

    private static string? Configured(ConfigurationManager configuration, string key) =>
        configuration[key] is { Length: > 0 } value ? value : configuration[key.Replace('-', '_')];
}

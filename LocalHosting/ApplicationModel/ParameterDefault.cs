using HaPgAspire.LocalHosting.Publishing;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Where a parameter's value comes from when it is not configured.</summary>
public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();

    public abstract void WriteToManifest(ManifestPublishingContext context);
}

/// <summary>A random value.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    /// <summary>22 characters out of the 67 allowed ones are more than 128 bits.</summary>
    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override string GetDefaultValue() => PasswordGenerator.Generate(this);

    public override void WriteToManifest(ManifestPublishingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var writer = context.Writer;
        writer.WriteStartObject("generate");
        writer.WriteNumber("minLength", MinLength);
        foreach (var (name, allowed) in new[] { ("lower", Lower), ("upper", Upper), ("numeric", Numeric), ("special", Special) })
        {
            if (!allowed)
            {
                writer.WriteBoolean(name, false);
            }
        }

        foreach (var (name, minimum) in new[] { ("minLower", MinLower), ("minUpper", MinUpper), ("minNumeric", MinNumeric), ("minSpecial", MinSpecial) })
        {
            if (minimum != 0)
            {
                writer.WriteNumber(name, minimum);
            }
        }

        writer.WriteEndObject();
    }
}

/// <summary>A value the app host itself gives.</summary>
internal sealed class ConstantParameterDefault(Func<string> value) : ParameterDefault
{
    private readonly Lazy<string> _value = new(value);

    public override string GetDefaultValue() => _value.Value;

    public override void WriteToManifest(ManifestPublishingContext context) => context.Writer.WriteString("value", GetDefaultValue());
}

/// <summary>A default that stays the same in later runs: it is kept in the app host's user secrets.</summary>
internal sealed class UserSecretsParameterDefault(string parameterName, ParameterDefault inner, UserSecrets userSecrets) : ParameterDefault
{
    public override string GetDefaultValue()
    {
        var value = inner.GetDefaultValue();
        userSecrets.TrySet($"Parameters:{parameterName}", value);
        return value;
    }

    public override void WriteToManifest(ManifestPublishingContext context) => inner.WriteToManifest(context);
}

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>The rule for names in the model: they become DNS names.</summary>
internal static class ModelName
{
    public const int MaxLength = 64;

    /// <exception cref="ArgumentException">The name breaks the rule.</exception>
    public static void Validate(string kind, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (Violation(name) is { } violation)
        {
            throw new ArgumentException($"{kind} name '{name}' is invalid: it must {violation}.", nameof(name));
        }
    }

    private static string? Violation(string name)
    {
        if (name.Length > MaxLength)
        {
            return $"be at most {MaxLength} characters long";
        }

        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            return "contain only ASCII letters, digits and hyphens";
        }

        if (!char.IsAsciiLetter(name[0]))
        {
            return "start with an ASCII letter";
        }

        if (name[^1] == '-')
        {
            return "not end with a hyphen";
        }

        return name.Contains("--", StringComparison.Ordinal) ? "not contain consecutive hyphens" : null;
    }
}

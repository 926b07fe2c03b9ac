using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace HaPgAspire.Hosting;

/// <summary>
/// Reads a configuration section key by key, and is stricter than the configuration binder: a key that names no option, or a value of the wrong
/// kind, is reported by name.
/// </summary>
/// <param name="section">The section; it may be empty.</param>
/// <param name="errors">Receives one clause for each key that cannot be read.</param>
internal sealed class SectionReader(IConfigurationSection section, ICollection<string> errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public SectionReader Child(string name)
    {
        _known.Add(name);
        return new SectionReader(section.GetSection(name), errors);
    }

    public string? Text(string name, string? start) => Value(name) is { } text ? text : start;

    public int Int(string name, int start) => Parse(
        name, start, "a whole number", (string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public long Long(string name, long start) => Parse(
        name, start, "a whole number", (string text, out long value) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public bool Bool(string name, bool start) => Parse<bool>(name, start, "true or false", bool.TryParse);

    public T Enum<T>(string name, T start)
        where T : struct, Enum => Parse(
            name,
            start,
            "one of " + string.Join(", ", System.Enum.GetNames<T>()),
            (string text, out T value) => System.Enum.TryParse(text, ignoreCase: true, out value) && System.Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase));

    public Dictionary<string, string> Entries(string name, IReadOnlyDictionary<string, string> start)
    {
        _known.Add(name);
        var entries = new Dictionary<string, string>(start, StringComparer.Ordinal);
        foreach (IConfigurationSection child in section.GetSection(name).GetChildren())
        {
            entries[child.Key] = child.Value ?? string.Empty;
        }

        return entries;
    }

    public void ReportUnknownKeys()
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!_known.Contains(child.Key))
            {
                errors.Add($"{child.Path} is not an option (known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))})");
            }
        }
    }

    private delegate bool Parser<T>(string text, out T value);

    private T Parse<T>(string name, T start, string kind, Parser<T> parser)
    {
        if (Value(name) is not { } text)
        {
            return start;
        }

        if (parser(text, out T value))
        {
            return value;
        }

        errors.Add($"{section.Path}:{name} is '{text}' and must be {kind}");
        return start;
    }

    private string? Value(string name)
    {
        _known.Add(name);
        return section[name];
    }
}

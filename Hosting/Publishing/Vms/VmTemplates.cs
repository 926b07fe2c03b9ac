using System.Collections.Concurrent;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The scripts and units that are the same, up to a few words, on every machine: the files in <c>Templates</c>.</summary>
internal static class VmTemplates
{
    private static readonly ConcurrentDictionary<string, string> Cache = new(StringComparer.Ordinal);

    /// <summary>The text of a template with <c>{{NAME}}</c> replaced.</summary>
    public static string Read(string name, params (string Name, string Value)[] values)
    {
        string text = Cache.GetOrAdd(name, Load);
        foreach ((string placeholder, string value) in values)
        {
            text = text.Replace("{{" + placeholder + "}}", value, StringComparison.Ordinal);
        }

        return text;
    }

    private static string Load(string name)
    {
        using Stream stream = typeof(VmTemplates).Assembly.GetManifestResourceStream("vms/" + name)
            ?? throw new InvalidOperationException($"The template {name} is not part of the assembly.");
        using var reader = new StreamReader(stream);
        // A checkout may have turned line ends.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}

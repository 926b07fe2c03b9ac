using System.Security.Cryptography;
using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The variables of <c>docker-compose.yaml</c> and the file <c>.env</c> that holds their values. What is already in the file is kept: publishing again
/// changes no password.
/// </summary>
internal sealed class ComposeVariables
{
    /// <summary>Letters and digits of a generated secret: 32 of 62 characters are 190 bits.</summary>
    public const int SecretLength = 32;

    private const string SecretCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly SortedDictionary<string, Variable> _variables = new(StringComparer.Ordinal);

    /// <summary>Adds a secret and gives its place in the compose file, which compose refuses to run without a value.</summary>
    public string Secret(string name, string description)
    {
        _variables[name] = new Variable(description, Default: null, IsSecret: true);
        return Place(name);
    }

    /// <summary>Adds a value that only the operator knows, and gives its place in the compose file, which compose refuses to run without it.</summary>
    public string Required(string name, string description)
    {
        _variables[name] = new Variable(description, Default: null, IsSecret: false);
        return Place(name);
    }

    /// <summary>Adds a setting with a default and gives its place in the compose file.</summary>
    public string Setting(string name, string value, string description)
    {
        _variables[name] = new Variable(description, value, IsSecret: false);
        return $"${{{name}:-{value}}}";
    }

    /// <summary>Writes the file.</summary>
    /// <param name="existing">The text of the file that is there already, or null.</param>
    /// <param name="generateSecrets">Whether secrets without a value get one.</param>
    /// <returns>The text of the file.</returns>
    public string Write(string? existing, bool generateSecrets)
    {
        var text = new StringBuilder();
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in Lines(existing))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 || line.StartsWith('#') ? string.Empty : line[..equals].Trim();
            present.Add(name);
            bool isEmptySecret = _variables.TryGetValue(name, out Variable? variable) && variable.IsSecret && line[(equals + 1)..].Trim().Length == 0;
            text.Append(isEmptySecret ? $"{name}={Value(variable!, generateSecrets)}" : line).Append('\n');
        }

        foreach ((string name, Variable variable) in _variables.Where(variable => !present.Contains(variable.Key)))
        {
            text.Append("# ").Append(variable.Description).Append('\n');
            text.Append(name).Append('=').Append(Value(variable, generateSecrets)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The names of the variables that need a value and have none in the text of a file.</summary>
    public IReadOnlyList<string> Missing(string text)
    {
        HashSet<string> lines = [.. Lines(text)];
        return [.. _variables.Where(variable => variable.Value.Default is null && lines.Contains(variable.Key + "=")).Select(variable => variable.Key)];
    }

    private static IEnumerable<string> Lines(string? text) => text is null or "" ? [] : text.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r'));

    private static string Value(Variable variable, bool generateSecrets) => variable.Default
        ?? (generateSecrets && variable.IsSecret ? RandomNumberGenerator.GetString(SecretCharacters, SecretLength) : string.Empty);

    private static string Place(string name) => $"${{{name}:?has no value in .env}}";

    private sealed record Variable(string Description, string? Default, bool IsSecret);
}

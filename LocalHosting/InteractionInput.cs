using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>The kind of an input.</summary>
public enum InputType
{
    Text,
    SecretText,
    Choice,
    Boolean,
    Number,
}

/// <summary>An argument of a command.</summary>
public sealed class InteractionInput
{
    public required string Name { get; init; }

    public string? Label { get; init; }

    public string? Description { get; init; }

    public bool EnableDescriptionMarkdown { get; init; }

    public required InputType InputType { get; init; }

    public bool Required { get; init; }

    /// <summary>Of a choice: value and what is shown for it.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Options { get; set; }

    public string? Value { get; set; }

    public string? Placeholder { get; init; }

    public bool AllowCustomChoice { get; init; }

    public bool Disabled { get; set; }

    /// <summary>In characters; null: 8000.</summary>
    public int? MaxLength { get; init; }

    internal List<string> ValidationErrors { get; } = [];
}

/// <summary>The arguments of a command.</summary>
public sealed class InteractionInputCollection : IReadOnlyList<InteractionInput>
{
    private readonly IReadOnlyList<InteractionInput> _inputs;
    private readonly Dictionary<string, InteractionInput> _byName;

    /// <exception cref="InvalidOperationException">Two inputs have the same name.</exception>
    public InteractionInputCollection(IReadOnlyList<InteractionInput> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        _inputs = [.. inputs];
        _byName = new Dictionary<string, InteractionInput>(Comparers.InputName);
        foreach (var input in inputs)
        {
            if (!_byName.TryAdd(input.Name, input))
            {
                throw new InvalidOperationException($"Duplicate input name '{input.Name}' found. Input names must be unique.");
            }
        }
    }

    public int Count => _inputs.Count;

    public IEnumerable<string> Names => _byName.Keys;

    public InteractionInput this[int index] => _inputs[index];

    public InteractionInput this[string name] =>
        _byName.TryGetValue(name, out var input) ? input : throw new KeyNotFoundException($"No input with name '{name}' was found.");

    public bool TryGetByName(string name, [NotNullWhen(true)] out InteractionInput? input) => _byName.TryGetValue(name, out input);

    public bool ContainsName(string name) => _byName.ContainsKey(name);

    public string? GetString(string name) => this[name].Value;

    public bool GetBoolean(string name) => bool.Parse(Required(name));

    public int GetInt32(string name) => int.Parse(Required(name), NumberStyles.Integer, CultureInfo.InvariantCulture);

    public double GetDouble(string name) => double.Parse(Required(name), NumberStyles.Float, CultureInfo.InvariantCulture);

    public InteractionInput[] ToArray() => [.. _inputs];

    public IEnumerator<InteractionInput> GetEnumerator() => _inputs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string Required(string name) => GetString(name) ?? throw new InvalidOperationException($"Input '{name}' does not have a value.");
}

/// <summary>What a validation of arguments gets.</summary>
public sealed class InputsDialogValidationContext
{
    public required InteractionInputCollection Inputs { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required IServiceProvider Services { get; init; }

    internal bool HasErrors { get; private set; }

    public void AddValidationError(string inputName, string errorMessage) => AddValidationError(Inputs[inputName], errorMessage);

    public void AddValidationError(InteractionInput input, string errorMessage)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(errorMessage);
        input.ValidationErrors.Add(errorMessage);
        HasErrors = true;
    }
}

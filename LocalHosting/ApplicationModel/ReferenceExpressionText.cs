using System.Globalization;
using System.Text;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>An expression in the making: a composite format string and its values.</summary>
internal sealed class ReferenceExpressionText(int literalLength = 0, int formattedCount = 0)
{
    private readonly StringBuilder _format = new(literalLength + (3 * formattedCount));
    private readonly List<IValueProvider> _providers = new(formattedCount);
    private readonly List<string> _expressions = new(formattedCount);
    private readonly List<string?> _stringFormats = new(formattedCount);

    public bool IsEmpty => _format.Length == 0;

    /// <summary>Doubles braces, except those that are doubled already.</summary>
    public static string? Escape(string? text)
    {
        if (text is null || text.AsSpan().IndexOfAny('{', '}') < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 4);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            escaped.Append(c);
            if (c is '{' or '}')
            {
                escaped.Append(c);
                if (i + 1 < text.Length && text[i + 1] == c)
                {
                    i++;
                }
            }
        }

        return escaped.ToString();
    }

    /// <exception cref="NotSupportedException">A format other than <c>uri</c>.</exception>
    public static string? ApplyFormat(string? value, string? format)
    {
        if (value is null || format is null)
        {
            return value;
        }

        return string.Equals(format, "uri", StringComparison.OrdinalIgnoreCase)
            ? Uri.EscapeDataString(value)
            : throw new NotSupportedException($"The format '{format}' is not supported; the one there is, is 'uri'.");
    }

    public void AppendText(string? text) => _format.Append(text);

    public void AppendValue(IValueProvider provider, string manifestExpression, string? format)
    {
        _format.Append(CultureInfo.InvariantCulture, $"{{{_providers.Count}}}");
        _providers.Add(provider);
        _expressions.Add(manifestExpression);
        _stringFormats.Add(format);
    }

    public ReferenceExpression Build() => new(_format.ToString(), [.. _providers], [.. _expressions], [.. _stringFormats]);
}

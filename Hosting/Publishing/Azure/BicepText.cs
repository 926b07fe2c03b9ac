using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Names and literals as Bicep writes them.</summary>
internal static class BicepText
{
    /// <summary>A string literal.</summary>
    public static string Literal(string value) => $"'{Escape(value)}'";

    /// <summary>Text inside a string literal.</summary>
    public static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (char character in value)
        {
            text.Append(character switch
            {
                '\\' => "\\\\",
                '\'' => "\\'",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '$' => "\\$",
                _ => char.IsControl(character) ? string.Create(CultureInfo.InvariantCulture, $"\\u{{{(int)character:x}}}") : character.ToString(),
            });
        }

        return text.ToString();
    }

    /// <summary>An array of string literals on one line.</summary>
    public static string Array(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(Literal))}]";

    /// <summary>An identifier in camel case made from a name of the graph, for example <c>dataNode1</c> from <c>data-node1</c>.</summary>
    public static string Identifier(params string[] names)
    {
        var text = new StringBuilder();
        bool upper = false;
        foreach (char character in string.Join('-', names))
        {
            if (!char.IsAsciiLetterOrDigit(character))
            {
                upper = text.Length > 0;
                continue;
            }

            if (text.Length == 0)
            {
                text.Append(char.IsAsciiDigit(character) ? $"n{character}" : char.ToLowerInvariant(character).ToString());
            }
            else
            {
                text.Append(upper ? char.ToUpperInvariant(character) : character);
            }

            upper = false;
        }

        return text.ToString();
    }
}

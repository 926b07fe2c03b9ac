using System.Text.RegularExpressions;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>Makes foreign text safe to show.</summary>
internal static partial class TerminalText
{
    private const string Mask = "********";

    /// <summary>Without escape sequences and other control characters: a log line must not steer the terminal.</summary>
    public static string Plain(string text) => Control().Replace(Escape().Replace(text, ""), " ");

    /// <summary>A connection string, of keywords or a URI, with its password replaced.</summary>
    public static string MaskPassword(string connectionString) =>
        UriPassword().Replace(KeywordPassword().Replace(connectionString, $"${{key}}{Mask}"), $"${{head}}{Mask}@");

    [GeneratedRegex(@"\x1B(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(\x07|\x1B\\)|[@-Z\\-_])")]
    private static partial Regex Escape();

    [GeneratedRegex(@"\p{Cc}")]
    private static partial Regex Control();

    [GeneratedRegex("""(?<key>\b(password|pwd|passphrase)\s*=\s*)("(""|[^"])*"|'(''|[^'])*'|[^;]*)""", RegexOptions.IgnoreCase)]
    private static partial Regex KeywordPassword();

    [GeneratedRegex(@"(?<head>\b[a-z][a-z0-9+.-]*://[^:/@\s]*:)[^@\s]*@", RegexOptions.IgnoreCase)]
    private static partial Regex UriPassword();
}

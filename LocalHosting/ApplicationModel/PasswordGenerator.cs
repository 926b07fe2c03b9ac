using System.Security.Cryptography;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Random text from character classes.</summary>
internal static class PasswordGenerator
{
    /// <summary>Without I, l, O, o and 0, 1 look-alikes a password can be read out; the specials need no quoting in URIs' user part, shells or connection strings.</summary>
    private const string LowerCase = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCase = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";
    private const string Specials = "-_.{}~()*+!";

    /// <exception cref="ArgumentException">No class is allowed.</exception>
    public static string Generate(GenerateParameterDefault rule)
    {
        (bool Allowed, string Characters, int Minimum)[] classes =
        [
            (rule.Lower, LowerCase, rule.MinLower),
            (rule.Upper, UpperCase, rule.MinUpper),
            (rule.Numeric, Digits, rule.MinNumeric),
            (rule.Special, Specials, rule.MinSpecial),
        ];
        var allowed = string.Concat(classes.Where(c => c.Allowed).Select(c => c.Characters));
        if (allowed.Length == 0)
        {
            throw new ArgumentException("At least one character type must be enabled.", nameof(rule));
        }

        List<char> characters = [];
        foreach (var (isAllowed, ofClass, minimum) in classes)
        {
            if (isAllowed && minimum > 0)
            {
                characters.AddRange(RandomNumberGenerator.GetItems<char>(ofClass, minimum));
            }
            else if (minimum > 0)
            {
                throw new ArgumentException("A minimum count was given for a character type that is disabled.", nameof(rule));
            }
        }

        characters.AddRange(RandomNumberGenerator.GetItems<char>(allowed, Math.Max(0, rule.MinLength - characters.Count)));
        var shuffled = characters.ToArray();
        RandomNumberGenerator.Shuffle(shuffled.AsSpan());
        return new string(shuffled);
    }
}

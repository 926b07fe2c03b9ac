using System.Net;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>The bounds of <see cref="ComposeOptions"/>.</summary>
internal static class ComposeOptionsValidation
{
    private const int LongestName = 40;

    /// <summary>Adds one clause for each value that is out of its bounds.</summary>
    public static void Validate(ComposeOptions options, ICollection<string> errors)
    {
        string name = options.ProjectName;
        if (name.Length is 0 or > LongestName
            || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '_'))
        {
            errors.Add($"Publish:Compose:ProjectName is '{name}' and must be 1 to {LongestName} lower-case letters, digits, '-' and '_', starting with a letter or digit");
        }

        if (!IPAddress.TryParse(options.BindAddress, out _))
        {
            errors.Add($"Publish:Compose:BindAddress is '{options.BindAddress}' and must be an IP address, for example 127.0.0.1");
        }

        RequireImage(nameof(ComposeOptions.DotnetImage), options.DotnetImage, errors);
        RequireImage(nameof(ComposeOptions.DashboardImage), options.DashboardImage, errors);
    }

    private static void RequireImage(string name, string image, ICollection<string> errors)
    {
        if (image.Length == 0 || !image.All(character => char.IsAsciiLetterOrDigit(character) || "._-/:@".Contains(character, StringComparison.Ordinal)))
        {
            errors.Add($"Publish:Compose:{name} is '{image}' and must be the name of an image, for example {new ComposeOptions().DotnetImage}");
        }
    }
}

using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting;

/// <summary>Text that every kind of file used here can carry on one line.</summary>
internal static class OneLine
{
    /// <summary>Whether the text has neither control characters nor anything that some parser takes for the end of a line, and is well-formed Unicode.</summary>
    public static bool Holds(string text)
    {
        for (int index = 0; index < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, index, out Rune rune)
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || (rune.Value & 0xFFFE) == 0xFFFE)
            {
                return false;
            }

            index += rune.Utf16SequenceLength;
        }

        return true;
    }
}

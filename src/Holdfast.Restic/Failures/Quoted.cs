using System.Globalization;
using System.Text;

namespace Holdfast.Restic.Failures;

/// <summary>
/// Text from outside (a name, a value, a program's complaint) as it may stand in a message: control characters and
/// characters that reorder a line are written as escapes, so that nothing hostile reaches a terminal.
/// </summary>
public static class Quoted
{
    private const int Longest = 200;

    /// <summary>The text between double quotes, escaped; cut after 200 characters.</summary>
    public static string Text(string text) => "\"" + Escape(text, Longest) + "\"";

    /// <summary>The text without quotes, escaped; cut after <paramref name="longest"/> UTF-16 units.</summary>
    public static string Escape(string text, int longest)
    {
        var escaped = new StringBuilder(Math.Min(text.Length, longest) + 8);
        var taken = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (taken + rune.Utf16SequenceLength > longest)
            {
                return escaped.Append('…').ToString();
            }

            taken += rune.Utf16SequenceLength;
            Append(escaped, rune);
        }

        return escaped.ToString();
    }

    private static void Append(StringBuilder escaped, Rune rune)
    {
        switch (rune.Value)
        {
            case '\n':
                escaped.Append("\\n");
                return;
            case '\r':
                escaped.Append("\\r");
                return;
            case '\t':
                escaped.Append("\\t");
                return;
        }

        if (IsHarmless(rune))
        {
            escaped.Append(rune.ToString());
        }
        else
        {
            escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }
    }

    /// <summary>True for what a terminal shows and does not obey.</summary>
    public static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}

using System.Globalization;
using System.Text;

namespace Holdfast.Engine.Manifest.Yaml;

/// <summary>Text as a YAML scalar that is read back as exactly this text, and by other YAML readers as text too.</summary>
internal static class YamlQuoting
{
    // What YAML 1.1 or 1.2 readers take for something else than text.
    private static readonly HashSet<string> _otherThanText = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    };

    public static string Scalar(string text) => IsSafePlain(text) ? text : Quote(text);

    private static bool IsSafePlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_' || (text[0] == '.' && text.Length > 1 && char.IsAsciiLetter(text[1])))
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '.' or '_' or '-' or '+' or '=' or '@')
        && !_otherThanText.Contains(text)
        && !text.StartsWith(".inf", StringComparison.OrdinalIgnoreCase)
        && !text.StartsWith(".nan", StringComparison.OrdinalIgnoreCase);

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\')
            {
                quoted.Append('\\').Append((char)rune.Value);
            }
            else if (IsPrintable(rune))
            {
                quoted.Append(rune.ToString());
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
            }
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}

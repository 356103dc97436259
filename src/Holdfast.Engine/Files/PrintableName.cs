using System.Globalization;
using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>
/// Names from a disk may hold anything, terminal escapes included. This form of them is one line, cannot move the cursor or reverse the
/// reading direction, and can stand between double quotes: control and format characters, invalid UTF-8, quotes and backslashes are
/// escaped.
/// </summary>
public static class PrintableName
{
    /// <summary>
    /// Escapes raw bytes: <c>\n \t \r \" \\</c>, <c>\xHH</c> for other bytes below 0x20, 0x7F and those that are not UTF-8,
    /// <c>\u{H}</c> for the rest.
    /// </summary>
    public static string Escape(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var used) == System.Buffers.OperationStatus.Done)
                Append(text, rune);
            else
                foreach (var b in name[..used]) text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
            name = name[used..];
        }

        return text.ToString();
    }

    /// <inheritdoc cref="Escape(ReadOnlySpan{byte})"/>
    public static string Escape(string name) => Escape(Encoding.UTF8.GetBytes(name));

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '"' or '\\': text.Append('\\').Append((char)rune.Value); break;
            case '\n': text.Append("\\n"); break;
            case '\r': text.Append("\\r"); break;
            case '\t': text.Append("\\t"); break;
            case < 0x20 or 0x7F: text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"); break;
            default:
                if (Quoted.IsHarmless(rune)) text.Append(rune.ToString());
                else text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
                break;
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Holdfast.Restic.Format;

/// <summary>
/// How file names become text in trees (section 7.3, layer 1): the escapes of a Go string literal without its quotes, over raw bytes,
/// so that names which are not UTF-8 survive. Also fit for showing hostile names: the result holds nothing but printable characters.
/// Which characters are printable follows the Unicode version of the runtime, as it follows that of Go in restic.
/// </summary>
public static class GoQuoting
{
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create(" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Appends the quoted form, valid UTF-8, to <paramref name="output"/>.</summary>
    public static void Quote(ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        while (!raw.IsEmpty)
        {
            var plain = raw.IndexOfAnyExcept(Plain);
            if (plain < 0) plain = raw.Length;
            output.Write(raw[..plain]);
            raw = raw[plain..];
            if (!raw.IsEmpty) raw = raw[QuoteFirst(raw, output)..];
        }
    }

    public static string Quote(ReadOnlySpan<byte> raw)
    {
        var output = new ArrayBufferWriter<byte>(raw.Length + 16);
        Quote(raw, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The raw bytes that <paramref name="quoted"/> stands for.</summary>
    /// <exception cref="FormatException">An escape is unknown, cut short or out of range, or a quote or line feed is not escaped.</exception>
    public static byte[] Unquote(ReadOnlySpan<byte> quoted) =>
        TryUnquote(quoted, out var raw) ? raw : throw new FormatException("not a quoted name");

    public static bool TryUnquote(ReadOnlySpan<byte> quoted, out byte[] raw)
    {
        raw = [];
        if (quoted.IndexOfAny((byte)'\\', (byte)'"', (byte)'\n') < 0)
        {
            raw = quoted.ToArray();
            return true;
        }

        // No escape is shorter than what it stands for.
        var output = new byte[quoted.Length];
        var length = 0;
        while (!quoted.IsEmpty)
        {
            if (quoted[0] is (byte)'"' or (byte)'\n') return false;
            if (quoted[0] != '\\')
            {
                output[length++] = quoted[0];
                quoted = quoted[1..];
                continue;
            }

            if (!TryUnescape(ref quoted, output.AsSpan(length), out var written)) return false;
            length += written;
        }

        raw = output[..length];
        return true;
    }

    private static int QuoteFirst(ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        if (ShortEscape(raw[0]) is var letter and not 0)
        {
            output.Write([(byte)'\\', letter]);
            return 1;
        }

        // Bytes that are not UTF-8 are taken one at a time, as Go does.
        if (Rune.DecodeFromUtf8(raw, out var rune, out var length) != OperationStatus.Done)
        {
            Escape(output, 'x', raw[0], 2);
            return 1;
        }

        if (IsPrintable(rune)) output.Write(raw[..length]);
        else if (rune.Value is < 0x20 or 0x7F) Escape(output, 'x', rune.Value, 2);
        else if (rune.IsBmp) Escape(output, 'u', rune.Value, 4);
        else Escape(output, 'U', rune.Value, 8);
        return length;
    }

    private static byte ShortEscape(byte value) => value switch
    {
        (byte)'"' or (byte)'\\' => value,
        0x07 => (byte)'a',
        0x08 => (byte)'b',
        0x0C => (byte)'f',
        0x0A => (byte)'n',
        0x0D => (byte)'r',
        0x09 => (byte)'t',
        0x0B => (byte)'v',
        _ => 0,
    };

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate => false,
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        _ => true,
    };

    private static void Escape(IBufferWriter<byte> output, char kind, int value, int digits)
    {
        var span = output.GetSpan(2 + digits);
        span[0] = (byte)'\\';
        span[1] = (byte)kind;
        for (var i = 0; i < digits; i++) span[2 + i] = "0123456789abcdef"u8[(value >> (4 * (digits - 1 - i))) & 15];
        output.Advance(2 + digits);
    }

    private static bool TryUnescape(ref ReadOnlySpan<byte> text, Span<byte> output, out int written)
    {
        written = 1;
        if (text.Length < 2) return false;
        var kind = text[1];
        var single = kind switch
        {
            (byte)'"' or (byte)'\\' => kind,
            (byte)'a' => 0x07,
            (byte)'b' => 0x08,
            (byte)'f' => 0x0C,
            (byte)'n' => 0x0A,
            (byte)'r' => 0x0D,
            (byte)'t' => 0x09,
            (byte)'v' => 0x0B,
            _ => -1,
        };
        if (single >= 0)
        {
            output[0] = (byte)single;
            text = text[2..];
            return true;
        }

        return kind switch
        {
            >= (byte)'0' and <= (byte)'7' => TryUnescapeNumber(ref text, 1, 3, 8, isRune: false, output, out written),
            (byte)'x' => TryUnescapeNumber(ref text, 2, 2, 16, isRune: false, output, out written),
            (byte)'u' => TryUnescapeNumber(ref text, 2, 4, 16, isRune: true, output, out written),
            (byte)'U' => TryUnescapeNumber(ref text, 2, 8, 16, isRune: true, output, out written),
            _ => false,
        };
    }

    private static bool TryUnescapeNumber(
        ref ReadOnlySpan<byte> text, int start, int digits, int radix, bool isRune, Span<byte> output, out int written)
    {
        written = 1;
        if (text.Length < start + digits) return false;
        var value = 0u;
        foreach (var character in text.Slice(start, digits))
        {
            if (!char.IsAsciiHexDigit((char)character)) return false;
            var digit = char.IsAsciiDigit((char)character) ? character - '0' : (character | 0x20) - 'a' + 10;
            if (digit >= radix) return false;
            value = (value * (uint)radix) + (uint)digit;
        }

        text = text[(start + digits)..];
        if (isRune) return Rune.TryCreate(value, out var rune) && rune.TryEncodeToUtf8(output, out written);
        output[0] = (byte)value;
        return value <= byte.MaxValue;
    }
}

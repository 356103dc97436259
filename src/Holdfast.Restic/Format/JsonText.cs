using System.Buffers;
using System.Globalization;
using System.Text;

namespace Holdfast.Restic.Format;

/// <summary>
/// Writes JSON values byte for byte as Go's encoder does with HTML escaping (section 7.3, layer 2). Trees are named by the hash of these bytes,
/// and no encoder of .NET writes the same. Of the two forms of backspace and form feed the older (\u0008, \u000c) is used.
/// </summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create(" !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~\u007f"u8);

    public static void WriteString(IBufferWriter<byte> output, string value)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        try
        {
            WriteString(output, bytes.AsSpan(0, EncodeUtf8(value, bytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Writes the quoted string; each byte that is not UTF-8 becomes \ufffd.</summary>
    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        output.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            var plain = utf8.IndexOfAnyExcept(Plain);
            if (plain < 0) plain = utf8.Length;
            output.Write(utf8[..plain]);
            utf8 = utf8[plain..];
            if (!utf8.IsEmpty) utf8 = utf8[WriteFirst(output, utf8)..];
        }

        output.Write("\""u8);
    }

    public static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        output.Write("\""u8);
        var span = output.GetSpan(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(value.Length));
        System.Buffers.Text.Base64.EncodeToUtf8(value, span, out _, out var written);
        output.Advance(written);
        output.Write("\""u8);
    }

    public static void WriteNumber(IBufferWriter<byte> output, ulong value)
    {
        value.TryFormat(output.GetSpan(20), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    public static void WriteId(IBufferWriter<byte> output, Id id)
    {
        var span = output.GetSpan((2 * Id.Size) + 2);
        span[0] = (byte)'"';
        id.FormatHex(span[1..]);
        span[1 + (2 * Id.Size)] = (byte)'"';
        output.Advance((2 * Id.Size) + 2);
    }

    public static void WriteTime(IBufferWriter<byte> output, Timestamp time)
    {
        var span = output.GetSpan(Timestamp.MaximumLength + 2);
        span[0] = (byte)'"';
        var length = time.WriteTo(span[1..]);
        span[length + 1] = (byte)'"';
        output.Advance(length + 2);
    }

    private static int WriteFirst(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        if (Rune.DecodeFromUtf8(utf8, out var rune, out var length) != OperationStatus.Done)
        {
            output.Write("\\ufffd"u8);
            return 1;
        }

        switch (rune.Value)
        {
            case '"' or '\\':
                output.Write([(byte)'\\', utf8[0]]);
                break;
            case '\n':
                output.Write("\\n"u8);
                break;
            case '\r':
                output.Write("\\r"u8);
                break;
            case '\t':
                output.Write("\\t"u8);
                break;
            case < 0x20 or '<' or '>' or '&' or 0x2028 or 0x2029:
                WriteUnicodeEscape(output, rune.Value);
                break;
            default:
                output.Write(utf8[..length]);
                break;
        }

        return length;
    }

    private static void WriteUnicodeEscape(IBufferWriter<byte> output, int value)
    {
        var span = output.GetSpan(6);
        "\\u"u8.CopyTo(span);
        for (var i = 0; i < 4; i++) span[2 + i] = "0123456789abcdef"u8[(value >> (12 - (4 * i))) & 15];
        output.Advance(6);
    }

    // A lone surrogate is no character: it becomes one byte that is not UTF-8, and so \ufffd, as Go writes what it cannot encode.
    private static int EncodeUtf8(string value, Span<byte> output)
    {
        var length = 0;
        var rest = value.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) == OperationStatus.Done) length += rune.EncodeToUtf8(output[length..]);
            else output[length++] = 0xFF;
            rest = rest[used..];
        }

        return length;
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Values as SQL text that the sqlite3 shell reads back byte for byte.</summary>
internal static class SqlText
{
    /// <summary>What cannot stand in a literal as it is: a NUL ends the text for the shell, and it drops a CR at the end of a line.</summary>
    private static readonly SearchValues<byte> Troublesome = SearchValues.Create(0, (byte)'\r', 0x1a);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A name between double quotes.</summary>
    internal static string Name(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>A string literal of text without NUL.</summary>
    internal static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    /// <summary>Writes a text value.</summary>
    /// <param name="raw">Its bytes in the database's encoding.</param>
    /// <param name="encoding">That encoding; strict.</param>
    /// <param name="output">Gets UTF-8.</param>
    internal static void WriteText(ReadOnlySpan<byte> raw, Encoding encoding, IBufferWriter<byte> output)
    {
        if (TryDecode(raw, encoding) is not { } decoded)
        {
            output.Write("CAST("u8);
            WriteBlob(raw, output);
            output.Write(" AS TEXT)"u8);
            return;
        }

        output.Write("'"u8);
        ReadOnlySpan<byte> text = decoded;
        while (text.IndexOf((byte)'\'') is >= 0 and var quote)
        {
            output.Write(text[..(quote + 1)]);
            output.Write("'"u8);
            text = text[(quote + 1)..];
        }

        output.Write(text);
        output.Write("'"u8);
    }

    internal static void WriteBlob(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        output.Write("X'"u8);
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, 4096)];
            var span = output.GetSpan(part.Length * 2);
            Convert.TryToHexString(part, span, out var written);
            output.Advance(written);
            bytes = bytes[part.Length..];
        }

        output.Write("'"u8);
    }

    /// <summary>The text in UTF-8; null when it cannot be a literal.</summary>
    private static byte[]? TryDecode(ReadOnlySpan<byte> raw, Encoding encoding)
    {
        if (encoding is UTF8Encoding) return Utf8.IsValid(raw) && !raw.ContainsAny(Troublesome) ? raw.ToArray() : null;
        try
        {
            var text = Strict.GetBytes(encoding.GetString(raw));
            return text.AsSpan().ContainsAny(Troublesome) ? null : text;
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair or half a code unit.
            return null;
        }
    }
}

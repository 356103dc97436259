using System.Text;
using System.Text.Json;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Format;

/// <summary>
/// Reads values of stored documents where <see cref="Utf8JsonReader"/> stands. Whatever does not fit is <see cref="FailureKind.Damaged"/>:
/// the documents are authenticated, but who wrote them may have been wrong or hostile.
/// </summary>
internal static class JsonRead
{
    /// <summary>Reads the single object that <paramref name="json"/> must be; unknown fields are up to <paramref name="field"/>.</summary>
    /// <param name="json">The document, without a byte order mark.</param>
    /// <param name="what">What it is, for the message: "the tree".</param>
    /// <param name="target">Passed to each call of <paramref name="field"/>.</param>
    /// <param name="field">Consumes one value.</param>
    public static void Document<T>(ReadOnlySpan<byte> json, string what, T target, FieldReader<T> field)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            Fields(ref reader, target, field);

            // Finds what follows the document, which is an error too.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Only messages of this project are repeated: those of the JSON reader may quote the document.
            var reason = e is FormatException ? $": {e.Message}" : string.Empty;
            throw new HoldfastException(FailureKind.Damaged, $"{what} does not decode{reason}", innerException: e);
        }
    }

    /// <summary>Calls <paramref name="field"/> with the reader at each value; it returns false to have the value skipped.</summary>
    public static void Fields<T>(ref Utf8JsonReader reader, T target, FieldReader<T> field)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The field reader compares names by ValueTextEquals and then moves on to the value.
            if (field(ref reader, target)) continue;
            reader.Skip();
        }
    }

    public static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type) throw new FormatException($"found {reader.TokenType} where {type} belongs");
    }

    /// <summary>Moves from a field's name to its value; true when that is not null.</summary>
    public static bool Value(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.Null;
    }

    public static string? Text(ref Utf8JsonReader reader) => Value(ref reader) ? String(ref reader) : null;

    public static ulong Number(ref Utf8JsonReader reader) => Value(ref reader) ? reader.GetUInt64() : 0;

    public static uint Number32(ref Utf8JsonReader reader) => Value(ref reader) ? reader.GetUInt32() : 0;

    public static byte[] Bytes(ref Utf8JsonReader reader) => Value(ref reader) ? reader.GetBytesFromBase64() : [];

    public static Timestamp Time(ref Utf8JsonReader reader)
    {
        if (!Value(ref reader)) return Timestamp.Unset;
        Expect(ref reader, JsonTokenType.String);
        var parsed = reader.ValueIsEscaped
            ? Timestamp.TryParse(String(ref reader), out var time)
            : Timestamp.TryParse(reader.ValueSpan, out time);
        return parsed ? time : throw new FormatException("a time is not RFC 3339");
    }

    public static Id? OptionalId(ref Utf8JsonReader reader) => Value(ref reader) ? ReadId(ref reader) : null;

    public static Id ReadId(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.String);
        return Id.TryParse(reader.ValueSpan, out var id) ? id : throw new FormatException("an ID is not 64 lower-case hex digits");
    }

    public static IReadOnlyList<string> Texts(ref Utf8JsonReader reader)
    {
        if (!Value(ref reader)) return [];
        Expect(ref reader, JsonTokenType.StartArray);
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) texts.Add(String(ref reader));
        return texts;
    }

    /// <summary>The string's bytes after JSON's own escapes are undone.</summary>
    public static byte[] Utf8(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.String);
        if (!reader.ValueIsEscaped)
        {
            if (!System.Text.Unicode.Utf8.IsValid(reader.ValueSpan)) throw new FormatException("a string is not UTF-8");
            return reader.ValueSpan.ToArray();
        }

        var bytes = new byte[reader.ValueSpan.Length];
        return bytes[..reader.CopyString(bytes)];
    }

    private static string String(ref Utf8JsonReader reader) => Encoding.UTF8.GetString(Utf8(ref reader));
}

/// <summary>Consumes the field whose name the reader is at, leaving the reader at the last token of its value; false when it is unknown.</summary>
internal delegate bool FieldReader<in T>(ref Utf8JsonReader reader, T target);

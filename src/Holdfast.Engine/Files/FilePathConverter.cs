using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>Paths in JSON: text where the bytes are UTF-8, else an array of one Base64 text.</summary>
public sealed class FilePathConverter : JsonConverter<FilePath>
{
    public override FilePath Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            if (reader.TokenType == JsonTokenType.String) return FilePath.From(reader.GetString()!);
            if (reader.TokenType != JsonTokenType.StartArray || !reader.Read()) throw new JsonException("not a path");
            var path = FilePath.From(reader.GetBytesFromBase64());
            return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? path : throw new JsonException("not a path");
        }
        catch (HoldfastException error)
        {
            throw new JsonException("not a path", error);
        }
    }

    public override void Write(Utf8JsonWriter writer, FilePath value, JsonSerializerOptions options)
    {
        if (System.Text.Unicode.Utf8.IsValid(value.Span))
        {
            writer.WriteStringValue(value.Span);
            return;
        }

        writer.WriteStartArray();
        writer.WriteBase64StringValue(value.Span);
        writer.WriteEndArray();
    }
}

using System.Buffers;
using System.Text.Json;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Indexes;

/// <summary>The JSON of an index file (section 5). Written with blobs in pack order; read in any order, unknown fields passed over.</summary>
internal static class IndexDocument
{
    /// <summary>Blobs after which a writer finishes an index file.</summary>
    internal const int FullAtBlobs = 50_000;

    internal static ReadOnlyMemory<byte> Serialize(IEnumerable<IndexedPack> packs)
    {
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            Span<byte> hex = stackalloc byte[Id.Size * 2];
            json.WriteStartObject();
            json.WriteStartArray("packs"u8);
            foreach (var pack in packs)
            {
                pack.Id.FormatHex(hex);
                json.WriteStartObject();
                json.WriteString("id"u8, hex);
                json.WriteStartArray("blobs"u8);
                foreach (var blob in pack.Blobs) Write(json, blob, hex);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    /// <param name="json">The document.</param>
    /// <param name="mayBeCompressed">False in version 1, where a compressed blob is an error.</param>
    /// <exception cref="HoldfastException">Damaged: not an index document.</exception>
    internal static List<IndexedPack> Parse(ReadOnlySpan<byte> json, bool mayBeCompressed)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var packs = new List<IndexedPack>();
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject, "it is not a JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isPacks = reader.ValueTextEquals("packs"u8);
                reader.Read();
                if (!isPacks) reader.Skip();
                else if (reader.TokenType != JsonTokenType.Null) ReadPacks(ref reader, packs, mayBeCompressed);
            }

            // Finds what follows the document, which is an error too.
            reader.Read();
            return packs;
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            throw new HoldfastException(FailureKind.Damaged, "the index is damaged: its JSON does not parse", null, error);
        }
    }

    private static void Write(Utf8JsonWriter json, PackedBlob blob, Span<byte> hex)
    {
        blob.Handle.Id.FormatHex(hex);
        json.WriteStartObject();
        json.WriteString("id"u8, hex);
        json.WriteString("type"u8, blob.Handle.Type == BlobType.Tree ? "tree"u8 : "data"u8);
        json.WriteNumber("offset"u8, blob.Offset);
        json.WriteNumber("length"u8, blob.Length);
        if (blob.IsCompressed) json.WriteNumber("uncompressed_length"u8, blob.UncompressedLength);
        json.WriteEndObject();
    }

    private static void ReadPacks(ref Utf8JsonReader reader, List<IndexedPack> packs, bool mayBeCompressed)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, "packs is not an array");
        while (NextObject(ref reader))
        {
            Id id = default;
            var blobs = new List<PackedBlob>();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("id"u8))
                {
                    reader.Read();
                    id = ReadId(ref reader);
                }
                else if (reader.ValueTextEquals("blobs"u8))
                {
                    reader.Read();
                    if (reader.TokenType != JsonTokenType.Null) ReadBlobs(ref reader, blobs, mayBeCompressed);
                }
                else
                {
                    reader.Skip();
                }
            }

            Expect(!id.IsNull, "a pack has no ID");
            blobs.Sort((left, right) => left.Offset.CompareTo(right.Offset));
            packs.Add(new IndexedPack(id, blobs));
        }
    }

    private static void ReadBlobs(ref Utf8JsonReader reader, List<PackedBlob> blobs, bool mayBeCompressed)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, "blobs is not an array");
        while (NextObject(ref reader))
        {
            var blob = ReadBlob(ref reader);
            Expect(mayBeCompressed || !blob.IsCompressed, "a version 1 repository cannot hold compressed blobs");
            blobs.Add(blob);
        }
    }

    private static PackedBlob ReadBlob(ref Utf8JsonReader reader)
    {
        Id id = default;
        BlobType? type = null;
        uint offset = 0, length = 0, uncompressed = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = ReadId(ref reader);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.ValueTextEquals("data"u8) ? BlobType.Data : reader.ValueTextEquals("tree"u8) ? BlobType.Tree : null;
            }
            else if (reader.ValueTextEquals("offset"u8))
            {
                reader.Read();
                offset = reader.GetUInt32();
            }
            else if (reader.ValueTextEquals("length"u8))
            {
                reader.Read();
                length = reader.GetUInt32();
            }
            else if (reader.ValueTextEquals("uncompressed_length"u8))
            {
                reader.Read();
                uncompressed = reader.GetUInt32();
            }
            else
            {
                reader.Skip();
            }
        }

        Expect(!id.IsNull && type is not null && length >= Crypto.Sealer.Overhead, "a blob lacks its ID, type or length");
        return new PackedBlob(new BlobHandle(type!.Value, id), offset, length, uncompressed);
    }

    /// <summary>False at the end of the array; anything but an object in it would otherwise hide what follows.</summary>
    private static bool NextObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndArray) return false;
        Expect(reader.TokenType == JsonTokenType.StartObject, "a list holds something else than objects");
        return true;
    }

    private static Id ReadId(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.String && !reader.HasValueSequence, "an ID is not a string");
        return Id.TryParse(reader.ValueSpan, out var id) ? id : throw new HoldfastException(FailureKind.Damaged, "the index is damaged: an ID is not 64 hex digits");
    }

    private static void Expect(bool condition, string why)
    {
        if (!condition) throw new HoldfastException(FailureKind.Damaged, $"the index is damaged: {why}");
    }
}

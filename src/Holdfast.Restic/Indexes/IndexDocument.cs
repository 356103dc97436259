using System.Buffers;
using System.Text.Json;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Indexes;

/// <summary>
/// The JSON of an index file (section 5). Written with blobs in pack order; read in any order, unknown fields passed over.
/// </summary>
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
    /// <exception cref="HoldfastException">Damaged: not an index document. The message does not name the file.</exception>
    internal static List<IndexedPack> Parse(ReadOnlySpan<byte> json, bool mayBeCompressed)
    {
        var fields = new IndexFields(mayBeCompressed);
        JsonRead.Document(json, "its JSON", fields, IndexFields.Read);
        return fields.Packs;
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
}

using System.Text.Json;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Indexes;

/// <summary>
/// The fields of an index while it is being read, in whatever order they come. One pack and one blob are read at a time, so nothing is
/// allocated for a blob but its place in the list.
/// </summary>
internal sealed class IndexFields(bool mayBeCompressed)
{
    private readonly BlobFields _blob = new();
    private Id _pack;
    private List<PackedBlob> _blobs = [];

    internal List<IndexedPack> Packs { get; } = [];

    /// <summary>A <see cref="FieldReader{T}"/>: takes the field the reader is at.</summary>
    internal static bool Read(ref Utf8JsonReader reader, IndexFields index)
    {
        if (!reader.ValueTextEquals("packs"u8)) return false;
        if (!JsonRead.Value(ref reader)) return true;
        JsonRead.Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) index.ReadPack(ref reader);
        return true;
    }

    private void ReadPack(ref Utf8JsonReader reader)
    {
        (_pack, _blobs) = (default, []);
        JsonRead.Fields(ref reader, this, ReadPackField);
        Require(!_pack.IsNull, "a pack has no ID");
        _blobs.Sort((left, right) => left.Offset.CompareTo(right.Offset));
        Packs.Add(new IndexedPack(_pack, _blobs));
    }

    private static bool ReadPackField(ref Utf8JsonReader reader, IndexFields index)
    {
        if (reader.ValueTextEquals("id"u8)) index._pack = JsonRead.OptionalId(ref reader) ?? default;
        else if (reader.ValueTextEquals("blobs"u8)) index.ReadBlobs(ref reader);
        else return false;
        return true;
    }

    private void ReadBlobs(ref Utf8JsonReader reader)
    {
        if (!JsonRead.Value(ref reader)) return;
        JsonRead.Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _blob.Clear();
            JsonRead.Fields(ref reader, _blob, BlobFields.Read);
            var blob = _blob.ToBlob();
            Require(mayBeCompressed || !blob.IsCompressed, "a version 1 repository cannot hold compressed blobs");
            _blobs.Add(blob);
        }
    }

    private static void Require(bool condition, string why)
    {
        if (!condition) throw new FormatException(why);
    }

    private sealed class BlobFields
    {
        private Id _id;
        private BlobType? _type;
        private uint _offset;
        private uint _length;
        private uint _uncompressedLength;

        internal void Clear() => (_id, _type, _offset, _length, _uncompressedLength) = (default, null, 0, 0, 0);

        internal PackedBlob ToBlob()
        {
            Require(!_id.IsNull && _type is not null && _length >= Sealer.Overhead, "a blob lacks its ID, type or length");
            return new PackedBlob(new BlobHandle(_type!.Value, _id), _offset, _length, _uncompressedLength);
        }

        internal static bool Read(ref Utf8JsonReader reader, BlobFields blob)
        {
            if (reader.ValueTextEquals("id"u8)) blob._id = JsonRead.OptionalId(ref reader) ?? default;
            else if (reader.ValueTextEquals("type"u8)) blob._type = ReadType(ref reader);
            else if (reader.ValueTextEquals("offset"u8)) blob._offset = JsonRead.Number32(ref reader);
            else if (reader.ValueTextEquals("length"u8)) blob._length = JsonRead.Number32(ref reader);
            else if (reader.ValueTextEquals("uncompressed_length"u8)) blob._uncompressedLength = JsonRead.Number32(ref reader);
            else return false;
            return true;
        }

        private static BlobType? ReadType(ref Utf8JsonReader reader)
        {
            if (!JsonRead.Value(ref reader)) return null;
            JsonRead.Expect(ref reader, JsonTokenType.String);
            return reader.ValueTextEquals("data"u8) ? BlobType.Data : reader.ValueTextEquals("tree"u8) ? BlobType.Tree : null;
        }
    }
}

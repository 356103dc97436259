using System.Buffers.Binary;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Packs;

/// <summary>The table of contents at the end of a pack (section 4).</summary>
internal static class PackHeader
{
    /// <summary>Entries that fit the format's limit of 16 MiB for a header.</summary>
    internal const int MaximumEntries = 409_199;

    internal const int MaximumSize = (16 << 20) + 4;

    /// <summary>Container overhead and the length field.</summary>
    internal const int FixedSize = Sealer.Overhead + sizeof(uint);

    /// <summary>The smallest file that can be a pack.</summary>
    internal const int MinimumPackSize = 73;

    private const int PlainEntrySize = 1 + 4 + Id.Size;
    private const int CompressedEntrySize = 1 + 4 + 4 + Id.Size;

    internal static int EntrySize(PackedBlob blob) => blob.IsCompressed ? CompressedEntrySize : PlainEntrySize;

    /// <summary>The size that a pack with exactly these blobs must have, in bytes.</summary>
    internal static long PackSize(IEnumerable<PackedBlob> blobs)
    {
        long size = FixedSize;
        foreach (var blob in blobs) size += blob.Length + EntrySize(blob);
        return size;
    }

    internal static byte[] Encode(IReadOnlyList<PackedBlob> blobs)
    {
        var header = new byte[blobs.Sum(EntrySize)];
        var rest = header.AsSpan();
        foreach (var blob in blobs)
        {
            rest[0] = (byte)((int)blob.Handle.Type | (blob.IsCompressed ? 2 : 0));
            BinaryPrimitives.WriteUInt32LittleEndian(rest[1..], blob.Length);
            if (blob.IsCompressed) BinaryPrimitives.WriteUInt32LittleEndian(rest[5..], blob.UncompressedLength);
            var size = EntrySize(blob);
            blob.Handle.Id.CopyTo(rest[(size - Id.Size)..]);
            rest = rest[size..];
        }

        return header;
    }

    /// <exception cref="HoldfastException">Damaged: the header is torn, of an unknown type, or its offsets do not fit 32 bits.</exception>
    internal static List<PackedBlob> Decode(ReadOnlySpan<byte> header)
    {
        var blobs = new List<PackedBlob>();
        ulong offset = 0;
        while (!header.IsEmpty)
        {
            var type = header[0];
            if (type > 3) throw Torn($"entry {blobs.Count} has the unknown type {type}");
            var size = type < 2 ? PlainEntrySize : CompressedEntrySize;
            if (header.Length < size) throw Torn($"entry {blobs.Count} is cut off");
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header[1..]);
            var uncompressed = type < 2 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(header[5..]);
            if (length < Sealer.Overhead) throw Torn($"entry {blobs.Count} is shorter than its own overhead");
            if (type >= 2 && uncompressed == 0) throw Torn($"entry {blobs.Count} is compressed from nothing");
            var handle = new BlobHandle((BlobType)(type & 1), new Id(header.Slice(size - Id.Size, Id.Size)));
            blobs.Add(new PackedBlob(handle, (uint)offset, length, uncompressed));
            offset += length;
            if (offset > uint.MaxValue) throw Torn("its offsets do not fit 32 bits");
            header = header[size..];
        }

        return blobs;
    }

    private static HoldfastException Torn(string why) => new(FailureKind.Damaged, $"the pack header is damaged: {why}");
}

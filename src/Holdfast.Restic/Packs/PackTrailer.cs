using System.Buffers.Binary;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Packs;

/// <summary>Reads the header of a stored pack: the last 651 bytes hold it for most packs, else a second read does (section 4).</summary>
internal static class PackTrailer
{
    private const int FirstRead = (15 * 41) + PackHeader.FixedSize;

    /// <exception cref="HoldfastException">Damaged: the file is too short, or its header does not open or decode.</exception>
    internal static async Task<List<PackedBlob>> ReadAsync(IBackend backend, StoredFile pack, BlobCodecPool codecs, CancellationToken cancellationToken)
    {
        if (pack.Size < PackHeader.MinimumPackSize) throw Damaged(pack, $"it has only {pack.Size} bytes");
        var tail = new byte[Math.Min(FirstRead, pack.Size)];
        await backend.ReadAsync(pack.Handle, pack.Size - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        var headerLength = HeaderLength(pack, tail);
        if (headerLength + sizeof(uint) > tail.Length)
        {
            tail = new byte[headerLength + sizeof(uint)];
            await backend.ReadAsync(pack.Handle, pack.Size - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        }

        return Decode(pack, tail.AsSpan(tail.Length - sizeof(uint) - headerLength, headerLength), codecs);
    }

    /// <summary>The blobs that a whole pack in memory says it holds.</summary>
    internal static List<PackedBlob> Parse(StoredFile pack, ReadOnlySpan<byte> content, BlobCodecPool codecs)
    {
        if (content.Length < PackHeader.MinimumPackSize) throw Damaged(pack, $"it has only {content.Length} bytes");
        var headerLength = HeaderLength(pack, content);
        return Decode(pack, content.Slice(content.Length - sizeof(uint) - headerLength, headerLength), codecs);
    }

    private static int HeaderLength(StoredFile pack, ReadOnlySpan<byte> tail)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail[^sizeof(uint)..]);
        if (length < Sealer.Overhead || length > pack.Size - sizeof(uint) || length > PackHeader.MaximumSize)
            throw Damaged(pack, $"its header length {length} is impossible");
        return (int)length;
    }

    private static List<PackedBlob> Decode(StoredFile pack, ReadOnlySpan<byte> sealedHeader, BlobCodecPool codecs)
    {
        using var lease = codecs.Rent();
        var header = lease.Codec.TryUnseal(sealedHeader) ?? throw Damaged(pack, "its header fails authentication");
        return PackHeader.Decode(header.Span);
    }

    private static HoldfastException Damaged(StoredFile pack, string why) =>
        new(FailureKind.Damaged, $"{pack.Handle} is damaged: {why}", "run `holdfast check --read-data` to see what it hurts");
}

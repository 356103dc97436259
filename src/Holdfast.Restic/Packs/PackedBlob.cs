using Holdfast.Restic.Format;

namespace Holdfast.Restic.Packs;

/// <summary>Where a blob lies in a pack. Lengths in bytes; section 4.</summary>
/// <param name="Handle">Type and ID.</param>
/// <param name="Offset">Of the container from the start of the pack.</param>
/// <param name="Length">Of the container, that is with the 32 bytes of overhead.</param>
/// <param name="UncompressedLength">Plaintext length of a compressed blob; 0 for one that is not compressed.</param>
public readonly record struct PackedBlob(BlobHandle Handle, uint Offset, uint Length, uint UncompressedLength)
{
    public bool IsCompressed => UncompressedLength != 0;

    /// <summary>Bytes of the plaintext.</summary>
    public long PlainLength => IsCompressed ? UncompressedLength : Length - (long)Crypto.Sealer.Overhead;
}

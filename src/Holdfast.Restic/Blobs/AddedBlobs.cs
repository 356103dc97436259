using Holdfast.Restic.Format;

namespace Holdfast.Restic.Blobs;

/// <summary>What a writer added to the repository.</summary>
/// <param name="DataBlobs">Blobs of file contents.</param>
/// <param name="TreeBlobs">Blobs of directories.</param>
/// <param name="Bytes">Their plaintext.</param>
/// <param name="StoredBytes">What they take in packs, compressed and encrypted.</param>
public readonly record struct AddedBlobs(long DataBlobs, long TreeBlobs, long Bytes, long StoredBytes)
{
    internal AddedBlobs With(BlobType type, int bytes, int storedBytes) => new(
        DataBlobs + (type == BlobType.Data ? 1 : 0),
        TreeBlobs + (type == BlobType.Tree ? 1 : 0),
        Bytes + bytes,
        StoredBytes + storedBytes);
}

namespace Holdfast.Restic.Format;

/// <summary>What a blob holds. The numbers are the type bytes of uncompressed blobs in a pack header (section 4).</summary>
public enum BlobType : byte
{
    Data = 0,
    Tree = 1,
}

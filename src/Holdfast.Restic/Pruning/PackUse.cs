using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Pruning;

/// <summary>How much of a pack that an index lists is needed. Bytes include each blob's share of the header.</summary>
internal sealed class PackUse(Id id)
{
    internal Id Id => id;

    /// <summary>Needed blobs that only this pack has.</summary>
    internal int SureUsed { get; private set; }

    /// <summary>Blobs that nothing needs.</summary>
    internal int SureUnused { get; private set; }

    /// <summary>Needed blobs of which there are other copies.</summary>
    internal int Shared { get; private set; }

    /// <summary>Blobs for which this pack is kept.</summary>
    internal int UsedBlobs { get; private set; }

    internal long UsedBytes { get; private set; }

    internal long UnusedBytes { get; private set; }

    internal bool HasTrees { get; private set; }

    internal bool HasData { get; private set; }

    internal bool HasUncompressed { get; private set; }

    /// <summary>Trees and data in one pack, as old programs made them.</summary>
    internal bool IsMixed => HasTrees && HasData;

    /// <summary>The size that the file must have by the index, in bytes.</summary>
    internal long Size { get; private set; } = PackHeader.FixedSize;

    /// <summary>Enters a blob that is in this pack. Of one that others have too, <see cref="Keep"/> decides.</summary>
    internal void Add(PackedBlob blob, BlobNeed need)
    {
        Size += BytesOf(blob);
        HasTrees |= blob.Handle.Type == BlobType.Tree;
        HasData |= blob.Handle.Type == BlobType.Data;
        HasUncompressed |= !blob.IsCompressed;
        if (need == BlobNeed.Shared)
        {
            Shared++;
            return;
        }

        if (need == BlobNeed.Used) SureUsed++;
        else SureUnused++;
        Keep(blob, need == BlobNeed.Used);
    }

    /// <summary>Whether this copy is the one that stays.</summary>
    internal void Keep(PackedBlob blob, bool stays)
    {
        if (stays)
        {
            UsedBlobs++;
            UsedBytes += BytesOf(blob);
        }
        else
        {
            UnusedBytes += BytesOf(blob);
        }
    }

    private static long BytesOf(PackedBlob blob) => blob.Length + PackHeader.EntrySize(blob);
}

/// <summary>Whether a blob in a pack is needed.</summary>
internal enum BlobNeed
{
    /// <summary>By no snapshot.</summary>
    Unused,

    /// <summary>By a snapshot, and this copy is the only one.</summary>
    Used,

    /// <summary>By a snapshot, and there are several copies.</summary>
    Shared,
}
